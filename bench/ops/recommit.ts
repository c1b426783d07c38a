import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../support/bench-error.ts';
import { changeFiles } from '../support/write-corpus.ts';
import type { Contender } from '../versus/contender.ts';
import { writeList } from '../versus/load-corpus.ts';
import type { Lane, Operation, Stage } from '../versus/operation.ts';
import { canCommit } from './commit.ts';
import { commitWords, committedRepository, type Mode, printedChecksum, refereeOf, requireSound } from './repository.ts';

/** Every contender keeps its own repository and history; equal trees and equal histories give equal checksums. */
function recommitLane(stage: Stage, contender: Contender, mode: Mode): Lane {
  const repository = join(stage.room, contender.label);
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
  const objects = join(stage.room, contender.label, 'objects');
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
  const open = async (stage: Stage) => {
    const changedList = writeList(join(stage.room, 'changed.list'), []);
    const lanes = stage.contenders
      .filter((contender) => canCommit(contender, mode))
      .map((contender) => (contender.role === 'floor' ? floorLane(stage, contender, changedList) : recommitLane(stage, contender, mode)));
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
