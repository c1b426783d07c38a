import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, hasXattrs, isStore } from '../../src/ops/bench/contest/contender.ts';
import type { Lane, Operation, Stage } from '../../src/ops/bench/contest/operation.ts';
import { outputOf } from '../../src/ops/bench/contest/run-program.ts';
import { BRANCH, committedRepository, freshRepository, type Mode, refereeOf, requireSound } from '../../src/ops/bench/verbs/repository.ts';

type Way = 'link' | 'to-archive' | 'from-archive';

const WAYS: Readonly<Record<Way, { readonly from: Mode; readonly to: Mode; readonly title: string }>> = {
  link: { from: 'bare-user-only', to: 'bare-user-only', title: 'pull-local by hardlinks' },
  'to-archive': { from: 'bare-user', to: 'archive', title: 'pull-local, bare-user to archive' },
  'from-archive': { from: 'archive', to: 'bare-user', title: 'pull-local, archive to bare-user' },
};

function pullLane(stage: Stage, contender: Contender, way: Way, source: string): Lane {
  const repository = join(stage.room, contender.label);
  return {
    contender,
    before: () => freshRepository(contender, repository, WAYS[way].to),
    argv: () => contender.argv('pull-local', `--repo=${repository}`, source, BRANCH),
    async after(_run, thorough) {
      if (thorough) await requireSound(refereeOf(stage), repository);
      const checksum = (await outputOf(refereeOf(stage).argv('rev-parse', `--repo=${repository}`, BRANCH))).trim();
      rmSync(repository, { recursive: true });
      return checksum;
    },
  };
}

function takesPart(contender: Contender, { from, to }: { readonly from: Mode; readonly to: Mode }): boolean {
  return isStore(contender) && (hasXattrs(contender) || ![from, to].includes('bare-user'));
}

/** One commit comes whole from a repository on the same file system into an empty one. */
export function pullLocalOperation(way: Way): Operation {
  return {
    name: `pull-local:${way}`,
    title: WAYS[way].title,
    async open(stage) {
      const source = join(stage.room, 'source');
      await committedRepository(refereeOf(stage), source, WAYS[way].from, stage.corpus.root);
      const programs = stage.contenders.filter((contender) => takesPart(contender, WAYS[way]));
      return { lanes: programs.map((contender) => pullLane(stage, contender, way, source)) };
    },
  };
}
