import type { Repo } from '../repo/repo.ts';
import type { Invocation } from './command.ts';
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
 * engine (40 ms of 110) loads only where it is needed or asked for.
 */
export async function withReadRepo(
  invocation: Invocation,
  need: (repo: Repo) => ReadNeed,
  work: (repo: Repo) => void | Promise<void>,
): Promise<number> {
  const { engine, verbose } = invocation.settings;
  if (engine === 'auto' && !verbose) {
    const repo = await openRepoLightly(invocation);
    if (!needsEngine(repo, need(repo))) {
      await work(repo);
      return 0;
    }
  }
  const session = await openRepoFor(invocation);
  try {
    await work(session.repo);
    return 0;
  } finally {
    await session.close();
  }
}
