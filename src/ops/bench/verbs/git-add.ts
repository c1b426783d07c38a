import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import type { Contender } from '../contest/contender.ts';
import type { Lane, Stage } from '../contest/operation.ts';
import { outputOf } from '../contest/run-program.ts';

/** Nothing that a user's or the machine's configuration says may keep files out or change their bytes. */
const NEUTRAL = ['-c', 'core.excludesFile=/dev/null', '-c', 'core.attributesFile=/dev/null', '-c', 'core.autocrlf=false', '-c', 'safe.directory=*'];

/** `git add -A` of a tree that was added before: what git's index makes of an unchanged tree. The tree itself is not touched. */
export function gitAddLane(stage: Stage, contender: Contender): Lane {
  const directory = join(stage.room, contender.label);
  const { root, totals } = stage.corpus;
  const words = (...rest: readonly string[]): readonly string[] => contender.argv(...NEUTRAL, `--git-dir=${directory}`, `--work-tree=${root}`, ...rest);
  let isReady = false;
  return {
    contender,
    async before() {
      if (isReady) return;
      await mkdir(directory);
      await outputOf(contender.argv('init', '--quiet', '--bare', directory));
      await outputOf(words('-c', 'core.bare=false', 'add', '-A', '-f'));
      isReady = true;
    },
    argv: () => words('-c', 'core.bare=false', 'add', '-A', '-f'),
    async after(_run, thorough) {
      if (!thorough) return undefined;
      const count = (await outputOf(words('-c', 'core.bare=false', 'ls-files', '-z'))).split('\0').length - 1;
      if (count === totals.files + totals.symlinks) return undefined;
      throw new BenchError(`git knows ${count} files and symlinks of ${totals.files + totals.symlinks}`);
    },
  };
}
