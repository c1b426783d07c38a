import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../src/ops/bench/bench-error.ts';
import { type Contender, coppiceContender, floorContender, gitContender, ostreeContender } from '../src/ops/bench/contest/contender.ts';
import { outputOf, succeeds } from '../src/ops/bench/contest/run-program.ts';
import { commitWords, freshRepository } from '../src/ops/bench/verbs/repository.ts';
import type { Sitting } from './sittings.ts';

/** What contenders are made from. */
export interface Grounds {
  /** Program and first words of coppice. */
  readonly command: readonly string[];
  readonly floorProgram: string | undefined;
  readonly withGit: boolean;
  /** Where an engine can be tried. */
  readonly room: string;
  readonly note: (line: string) => void;
}

/** The engine word of the profile for devices with little memory, which is the native engine otherwise. */
export const LOW_RAM = 'low-ram';
const LOW_RAM_FLAGS = ['--threads=0', '--max-memory=64M'] as const;

/** Whether the engine commits an empty directory; the reason why not is said. */
async function canRun(contender: Contender, { room, note }: Grounds): Promise<boolean> {
  const [repository, tree] = [join(room, 'probe'), join(room, 'probe-tree')];
  try {
    mkdirSync(tree, { recursive: true });
    await freshRepository(contender, repository, 'archive');
    await outputOf(contender.argv(...commitWords(repository, 'archive', tree)));
    return true;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    note(`engine ${contender.label} is left out: ${error.message}`);
    return false;
  } finally {
    rmSync(repository, { recursive: true, force: true });
    rmSync(tree, { recursive: true, force: true });
  }
}

function coppiceOf(engine: string, threads: number | undefined, command: readonly string[]): Contender {
  if (engine === LOW_RAM) return coppiceContender('native', { command, label: LOW_RAM, flags: LOW_RAM_FLAGS });
  return coppiceContender(engine, { command, ...(threads === undefined ? {} : { threads }) });
}

async function refereeOf({ withOstree }: Sitting, { note }: Grounds): Promise<Contender[]> {
  if (withOstree && (await succeeds(['ostree', '--version']))) return [ostreeContender];
  note('no referee: ostree takes no part, so answers are compared among the engines only');
  return [];
}

/** Who takes part in a sitting. BenchError when no engine of coppice can run. */
export async function gatherContenders(sitting: Sitting, grounds: Grounds): Promise<Contender[]> {
  const { engines, threads, withFloor } = sitting;
  const contenders = await refereeOf(sitting, grounds);
  for (const engine of engines) {
    const contender = coppiceOf(engine, threads, grounds.command);
    if (await canRun(contender, grounds)) contenders.push(contender);
  }
  if (!contenders.some(({ role }) => role === 'coppice')) throw new BenchError('no engine of coppice can run');
  if (grounds.floorProgram !== undefined && withFloor) contenders.push(floorContender(grounds.floorProgram, threads));
  if (grounds.withGit && (await succeeds(['git', '--version']))) contenders.push(gitContender);
  return contenders;
}
