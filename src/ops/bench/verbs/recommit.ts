import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { changeFiles } from '../corpus/write-corpus.ts';
import { type Contender, roomName } from '../contest/contender.ts';
import { writeList } from '../corpus/load-corpus.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { canCommit } from './commit.ts';
import { gitAddLane } from './git-add.ts';
import { commitWords, committedRepository, type Mode, printedChecksum, refereeOf, requireSound } from './repository.ts';

/** Every contender keeps its own repository and history; equal trees and equal histories give equal checksums. */
function recommitLane(stage: Stage, contender: Contender, mode: Mode): Lane {
  const repository = join(stage.room, roomName(contender));
  let isReady = false;
  return {
    contender,
    async before() {
      if (!isReady) await committedRepository(contender, repository, mode, stage.corpus.root);
      isReady = true;
    },
    argv: () => contender.argv(...commitWords(repository, mode, stage.corpus.root)),
    async after(run, thorough) {
      if (thorough) await requireSound(refereeOf(stage), repository);
      return printedChecksum(run.stdout);
    },
  };
}

/** Sees every file, and commits those that changed. */
function floorLane(stage: Stage, contender: Contender, changedList: string): Lane {
  const objects = join(stage.room, roomName(contender), 'objects');
  return {
    contender,
    before: async () => void (await mkdir(objects, { recursive: true })),
    argv: () => contender.argv('recommit', stage.corpus.root, changedList, objects),
    async after() {
      rmSync(objects, { recursive: true });
      return undefined;
    },
  };
}

/** Differs for all operations and rounds: a file never gets contents that it had before. */
function changeSeed(operation: string, round: number): number {
  return Buffer.from(operation).reduce((sum, byte) => sum * 31 + byte, round) >>> 0;
}

/** A commit of a tree of which the share of files changed since the commit before. */
function recommitOperation(name: string, title: string, mode: Mode, changedShare: number): Operation {
  /** git takes part where nothing is written but its index: where it writes blobs it compresses them. */
  const canAdd = ({ role }: Contender): boolean => role === 'git' && mode === 'bare-user-only' && changedShare === 0;
  const open = async (stage: Stage) => {
    const laneOf = (contender: Contender): Lane => {
      if (contender.role === 'git') return gitAddLane(stage, contender);
      return contender.role === 'floor' ? floorLane(stage, contender, changedList) : recommitLane(stage, contender, mode);
    };
    const changedList = writeList(join(stage.room, 'changed.list'), []);
    const lanes = stage.contenders
      .filter((contender) => canCommit(contender, mode) || canAdd(contender))
      .map(laneOf);
    const beginRound = async (round: number): Promise<void> => {
      if (round === 0) for (const lane of lanes) await prepare(lane);
      if (changedShare > 0) writeList(changedList, changeFiles(stage.corpus.root, stage.corpus.files, changedShare, changeSeed(name, round)));
    };
    return { lanes, beginRound };
  };
  return { name, title, open };
}

/** Makes the first commits before the tree changes; a contender that cannot is thrown out when its turn comes. */
async function prepare(lane: Lane): Promise<void> {
  try {
    await lane.before();
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
  }
}

export function unchangedRecommitOperation(mode: Mode): Operation {
  return recommitOperation(`recommit:${mode}`, `unchanged re-commit, ${mode}`, mode, 0);
}

export function changedRecommitOperation(mode: Mode): Operation {
  return recommitOperation(`change:${mode}`, `re-commit of 1 % changed, ${mode}`, mode, 0.01);
}
