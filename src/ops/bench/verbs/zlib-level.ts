import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contest/contender.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { outputOf } from '../contest/run-program.ts';
import { summarizeObjects } from './objects.ts';
import { commitWords, freshRepository, printedChecksum } from './repository.ts';

/** The lowest, the default, the highest. */
export const ZLIB_LEVELS = [1, 6, 9] as const;

export function zlibLabel(level: number): string {
  return `level ${level}`;
}

function levelLane(stage: Stage, contender: Contender, level: number | undefined): Lane {
  const repository = join(stage.room, `${contender.label}-${level ?? 'default'}`);
  let bytes = 0;
  return {
    contender: level === undefined ? contender : { ...contender, label: zlibLabel(level) },
    async before() {
      await freshRepository(contender, repository, 'archive');
      if (level !== undefined) await outputOf(contender.argv('config', `--repo=${repository}`, 'set', 'archive.zlib-level', String(level)));
    },
    argv: () => contender.argv(...commitWords(repository, 'archive', stage.corpus.root)),
    outputBytes: () => bytes,
    async after(run, thorough) {
      if (thorough) ({ bytes } = summarizeObjects(repository));
      rmSync(repository, { recursive: true });
      return printedChecksum(run.stdout);
    },
  };
}

/** A first commit into archive by each zlib level, by the first engine that takes part; ostree keeps its default for comparison. */
export const zlibLevelOperation: Operation = {
  name: 'zlib-level:archive',
  title: 'first commit, archive, by level',
  async open(stage) {
    const ours = stage.contenders.find(({ role }) => role === 'coppice');
    const referee = stage.contenders.find(({ role }) => role === 'ostree');
    return {
      lanes: [
        ...(referee === undefined ? [] : [levelLane(stage, referee, undefined)]),
        ...(ours === undefined ? [] : ZLIB_LEVELS.map((level) => levelLane(stage, ours, level))),
      ],
    };
  },
};
