import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { type ObjectSummary, summarizeObjects } from './objects.ts';
import { type Contender, hasXattrs, isStore, roomName } from '../contest/contender.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { commitWords, committedRepository, freshRepository, type Mode, printedChecksum, refereeOf, requireSound } from './repository.ts';

/** Whether the contender can commit in the mode at all. */
export function canCommit(contender: Contender, mode: Mode): boolean {
  if (contender.role === 'floor') return mode === 'bare-user-only';
  return isStore(contender) && (hasXattrs(contender) || mode === 'bare-user-only' || mode === 'archive');
}

function commitLane(stage: Stage, contender: Contender, mode: Mode): Lane {
  const repository = join(stage.room, roomName(contender));
  let summary: ObjectSummary | undefined;
  return {
    contender,
    before: () => freshRepository(contender, repository, mode),
    argv: () => contender.argv(...commitWords(repository, mode, stage.corpus.root)),
    outputBytes: () => summary?.bytes ?? 0,
    async after(run, thorough) {
      let answer = printedChecksum(run.stdout);
      if (thorough) {
        await requireSound(refereeOf(stage), repository);
        summary = summarizeObjects(repository);
        answer += ` with objects ${summary.namesDigest}`;
      }
      rmSync(repository, { recursive: true });
      return answer;
    },
  };
}

/** The floor names its objects as ostree does; the first round makes sure that it did the whole work. */
function floorLane(stage: Stage, contender: Contender, expected: () => Promise<string>): Lane {
  const repository = join(stage.room, roomName(contender));
  const objects = join(repository, 'objects');
  return {
    contender,
    before: async () => void (await mkdir(objects, { recursive: true })),
    argv: () => contender.argv('commit', stage.corpus.root, stage.corpus.listPath, objects),
    async after(_run, thorough) {
      const digest = thorough ? summarizeObjects(repository).contentDigest : '';
      rmSync(repository, { recursive: true });
      if (thorough && digest !== (await expected())) throw new BenchError('the floor wrote other objects than a commit does');
      return undefined;
    },
  };
}

/** Content objects of a commit by the referee. */
async function refereeContent(stage: Stage, mode: Mode): Promise<string> {
  const repository = join(stage.room, 'expected');
  await committedRepository(refereeOf(stage), repository, mode, stage.corpus.root);
  const { contentDigest } = summarizeObjects(repository);
  rmSync(repository, { recursive: true });
  return contentDigest;
}

/** A first commit into an empty repository. */
export function commitOperation(mode: Mode): Operation {
  return {
    name: `commit:${mode}`,
    title: `first commit, ${mode}`,
    open: async (stage) => ({
      lanes: stage.contenders
        .filter((contender) => canCommit(contender, mode))
        .map((contender) =>
          contender.role === 'floor' ? floorLane(stage, contender, () => refereeContent(stage, mode)) : commitLane(stage, contender, mode),
        ),
    }),
  };
}
