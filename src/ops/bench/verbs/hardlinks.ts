import { join } from 'node:path';
import { isStore, type Contender, roomName } from '../contest/contender.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { outputOf } from '../contest/run-program.ts';
import { BRANCH, commitWords, committedRepository, type Mode, printedChecksum, refereeOf, requireSound } from './repository.ts';

const MODE: Mode = 'bare-user-only';

/** Every contender keeps its own repository, checkout and history; equal trees and equal histories give equal checksums. */
function hardlinksLane(stage: Stage, contender: Contender): Lane {
  const repository = join(stage.room, roomName(contender));
  const checkout = `${repository}-out`;
  let isReady = false;
  return {
    contender,
    async before() {
      if (isReady) return;
      await committedRepository(contender, repository, MODE, stage.corpus.root);
      await outputOf(contender.argv('checkout', `--repo=${repository}`, '-U', '-H', BRANCH, checkout));
      isReady = true;
    },
    argv: () => contender.argv(...commitWords(repository, MODE, checkout), '-I'),
    async after(run, thorough) {
      if (thorough) await requireSound(refereeOf(stage), repository);
      return printedChecksum(run.stdout);
    },
  };
}

/** A commit of a checkout by hardlinks, which are taken for the objects that they are. */
export function hardlinksOperation(): Operation {
  return {
    name: `hardlinks:${MODE}`,
    title: `commit -I of a hardlink checkout, ${MODE}`,
    open: async (stage) => ({ lanes: stage.contenders.filter(isStore).map((contender) => hardlinksLane(stage, contender)) }),
  };
}
