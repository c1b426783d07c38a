import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { outputOf } from '../contest/run-program.ts';
import { type Contender, isStore } from '../contest/contender.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { BRANCH, committedRepository, freshRepository, printedChecksum, refereeOf } from './repository.ts';

/** Without xattrs and owners, so that every engine takes part. */
const MODE = 'archive';

function programsOf(stage: Stage): Contender[] {
  return stage.contenders.filter((contender) => isStore(contender));
}

function commitTarLane(stage: Stage, contender: Contender, archive: string): Lane {
  const repository = join(stage.room, contender.label);
  return {
    contender,
    before: () => freshRepository(contender, repository, MODE),
    argv: () => contender.argv('commit', `--repo=${repository}`, '-b', BRANCH, '--timestamp=@1700000000', `--tree=tar=${archive}`),
    outputBytes: () => statSync(archive).size,
    async after(run) {
      rmSync(repository, { recursive: true });
      return printedChecksum(run.stdout);
    },
  };
}

/** A first commit of an archive into an empty repository. */
export function commitTarOperation(): Operation {
  return {
    name: 'commit:tar',
    title: `first commit of a tar archive, ${MODE}`,
    open: async (stage) => {
      const archive = join(stage.room, 'corpus.tar');
      await outputOf(['tar', '-C', stage.corpus.root, '--owner=0', '--group=0', '-cf', archive, '.']);
      return { lanes: programsOf(stage).map((contender) => commitTarLane(stage, contender, archive)) };
    },
  };
}

function exportLane(stage: Stage, contender: Contender, repository: string): Lane {
  const archive = join(stage.room, `${contender.label}.tar`);
  let bytes = 0;
  return {
    contender,
    before: async () => rmSync(archive, { force: true }),
    argv: () => contender.argv('export', `--repo=${repository}`, BRANCH, '-o', archive),
    outputBytes: () => bytes,
    async after() {
      bytes = statSync(archive).size;
      const [digest = ''] = (await outputOf(['sha256sum', archive])).split(' ');
      if (digest === '') throw new BenchError('sha256sum told nothing');
      rmSync(archive);
      return digest;
    },
  };
}

/** A commit written to an archive. */
export function exportOperation(): Operation {
  return {
    name: 'export',
    title: `export to a tar archive, ${MODE}`,
    open: async (stage) => {
      const repository = join(stage.room, 'exported');
      await committedRepository(refereeOf(stage), repository, MODE, stage.corpus.root);
      return { lanes: programsOf(stage).map((contender) => exportLane(stage, contender, repository)) };
    },
  };
}
