import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from '../../src/ops/bench/contest/run-program.ts';
import { writeHistory } from '../support/write-history.ts';
import { isStore, type Contender } from '../../src/ops/bench/contest/contender.ts';
import type { Lane, Operation } from '../../src/ops/bench/contest/operation.ts';
import { freshRepository, refereeOf } from '../../src/ops/bench/verbs/repository.ts';

const COMMITS = 20;
const KEPT_PARENTS = COMMITS / 2 - 1;

/** Half of a history goes. Both work on links to the same objects, and have to say the same. */
function pruneLane(contender: Contender, master: string, repository: string): Lane {
  return {
    contender,
    async before() {
      rmSync(repository, { recursive: true, force: true });
      await outputOf(['cp', '-al', master, repository]);
    },
    argv: () => contender.argv('prune', `--repo=${repository}`, '--refs-only', `--depth=${KEPT_PARENTS}`),
    async after(run, thorough) {
      const objects = thorough ? await outputOf(['sh', '-c', 'cd "$1/objects" && find . | sort | sha256sum', 'sh', repository]) : '';
      rmSync(repository, { recursive: true, force: true });
      return `${run.stdout.trim()} ${objects.trim()}`;
    },
  };
}

/** A prune of a history of its own, whatever the corpus; objects are counted in thousands. */
export function pruneOperation(thousands: number): Operation {
  return {
    name: `prune:${thousands}k`,
    title: `prune, ${thousands},000 objects`,
    async open(stage) {
      const master = join(stage.room, 'master');
      await freshRepository(refereeOf(stage), master, 'bare-user-only');
      writeHistory(master, { objects: thousands * 1000, commits: COMMITS });
      const programs = stage.contenders.filter(isStore);
      return { lanes: programs.map((contender) => pruneLane(contender, master, join(stage.room, `repository-${contender.label}`))) };
    },
  };
}
