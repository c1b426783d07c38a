import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { type ObjectSummary, summarizeObjects } from './objects.ts';
import { type Contender, hasXattrs, isStore, PLAIN_ENGINE, roomName } from '../contest/contender.ts';
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

/** A commit into a repository that names objects by BLAKE3: nobody else's checksum is to be compared, so it checks itself. */
function blake3Lane(stage: Stage, contender: Contender, mode: Mode): Lane {
  const repository = join(stage.room, contender.label);
  return {
    contender,
    before: () => freshRepository(contender, repository, mode, ['--checksum=blake3']),
    argv: () => contender.argv(...commitWords(repository, mode, stage.corpus.root)),
    async after(_run, thorough) {
      if (thorough) await requireSound(contender, repository);
      rmSync(repository, { recursive: true });
      return undefined;
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

/** Coppice with BLAKE3 names beside what the others do with SHA-256: set against `commit:<mode>`, it shows what BLAKE3 gains. */
export function blake3CommitOperation(mode: Mode): Operation {
  const others = commitOperation(mode);
  return {
    name: `blake3:${mode}`,
    title: `first commit, ${mode}, BLAKE3 (others: SHA-256)`,
    async open(stage) {
      const { lanes, ...rest } = await others.open(stage);
      const lane = (other: Lane): Lane => (other.contender.role === 'coppice' ? blake3Lane(stage, other.contender, mode) : other);
      // a program that stands in for coppice knows SHA-256 alone
      return { ...rest, lanes: lanes.filter(({ contender }) => contender.label !== PLAIN_ENGINE).map(lane) };
    },
  };
}
