import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { outputOf } from '../contest/run-program.ts';
import { treeDigest } from './tree-digest.ts';
import { changeFiles } from '../corpus/write-corpus.ts';
import { isStore, type Contender } from '../contest/contender.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { commitWords, committedRepository, type Mode, printedChecksum, refereeOf } from './repository.ts';

const MODE: Mode = 'bare-user-only';
const FLAGS = ['-U', '-H'];
const CHANGED_SHARE = 0.01;
const SEED = 4711;

/** A commit that checkouts go to, and what a fresh checkout of it looks like. */
interface Goal {
  readonly commit: string;
  readonly digest: string;
}

/** Two commits in one repository; every round goes from one to the other. */
interface Pair {
  readonly repository: string;
  readonly goals: readonly [Goal, Goal];
}

function checkoutWords(repository: string, flags: readonly string[], commit: string, destination: string): string[] {
  return ['checkout', `--repo=${repository}`, ...FLAGS, ...flags, commit, destination];
}

async function makePair(stage: Stage): Promise<Pair> {
  const [repository, referee] = [join(stage.room, 'repository'), refereeOf(stage)];
  const commit = async (): Promise<string> => printedChecksum(await outputOf(referee.argv(...commitWords(repository, MODE, stage.corpus.root))));
  await committedRepository(referee, repository, MODE, stage.corpus.root);
  const first = await commit();
  changeFiles(stage.corpus.root, stage.corpus.files, CHANGED_SHARE, SEED);
  const goal = async (name: string): Promise<Goal> => {
    const destination = join(stage.room, 'expected');
    await outputOf(referee.argv(...checkoutWords(repository, [], name, destination)));
    const digest = treeDigest(destination, { ignoreLinks: true });
    rmSync(destination, { recursive: true });
    return { commit: name, digest };
  };
  return { repository, goals: [await goal(first), await goal(await commit())] };
}

/** ostree has no update: `--union` writes the whole tree again, and would leave what the commit lacks. */
function updateLane(stage: Stage, contender: Contender, pair: Pair, goalNow: () => Goal): Lane {
  const destination = join(stage.room, `${contender.label}-out`);
  const isReferee = contender.role === 'ostree';
  let isReady = false;
  return {
    contender,
    async before() {
      if (!isReady) await outputOf(contender.argv(...checkoutWords(pair.repository, [], pair.goals[0].commit, destination)));
      isReady = true;
    },
    argv: () => contender.argv(...checkoutWords(pair.repository, [isReferee ? '--union' : '--update'], goalNow().commit, destination)),
    async after(_run, thorough) {
      if (thorough && !isReferee && treeDigest(destination, { ignoreLinks: true }) !== goalNow().digest) {
        throw new BenchError(`the updated checkout is not what a fresh one of ${goalNow().commit} is`);
      }
      return undefined;
    },
  };
}

/** From one commit to another that differs in 1 % of the files, there and back, in a checkout that stays. */
export function updateOperation(): Operation {
  return {
    name: 'checkout:update',
    title: 'update of a checkout, 1 % changed',
    async open(stage) {
      const pair = await makePair(stage);
      let goal = pair.goals[1];
      const beginRound = async (round: number): Promise<void> => {
        goal = round % 2 === 0 ? pair.goals[1] : pair.goals[0];
      };
      const takingPart = stage.contenders.filter(isStore);
      return { lanes: takingPart.map((contender) => updateLane(stage, contender, pair, () => goal)), beginRound };
    },
  };
}
