import { memoryBudget } from '../base/memory-budget.ts';
import { Breather } from '../pool/breather.ts';
import type { Repo } from '../repo/repo.ts';
import type { Invocation } from './command.ts';
import { applyNice } from './politeness.ts';
import { openRepoFor, openRepoLightly } from './session.ts';

/** What a verb reads besides metadata objects, which need nothing of an engine. */
export type ReadNeed = 'metadata' | 'content' | 'xattrs';

/** Modes whose content objects cannot be read, or not with their xattrs, without system calls that Node lacks. */
function needsEngine(repo: Repo, need: ReadNeed): boolean {
  if (need === 'metadata') return false;
  const { mode } = repo.parent ?? repo;
  if (mode === 'bare-user' || repo.mode === 'bare-user') return true;
  return need === 'xattrs' && (mode === 'bare' || repo.mode === 'bare');
}

/**
 * Runs `work` on the repository and resolves to status 0. Scripts call the reading verbs thousands of times, so an
 * engine (40 ms of 110) loads only where it is needed or asked for. Long work awaits `rest` now and then.
 */
export async function withReadRepo(
  invocation: Invocation,
  need: (repo: Repo) => ReadNeed,
  work: (repo: Repo, rest: () => Promise<void>) => void | Promise<void>,
): Promise<number> {
  const { engine, verbose, ioPriority, maxMemoryBytes, cpuPercent } = invocation.settings;
  if (engine === 'auto' && !verbose && ioPriority === undefined) {
    applyNice(invocation.settings);
    const repo = await openRepoLightly(invocation);
    if (!needsEngine(repo, need(repo))) {
      const breather = new Breather({ budget: memoryBudget(maxMemoryBytes), cpuPercent });
      await work(repo, () => breather.breathe());
      return 0;
    }
  }
  const session = await openRepoFor(invocation);
  try {
    await work(session.repo, () => session.pool.rest());
    return 0;
  } finally {
    await session.close();
  }
}
