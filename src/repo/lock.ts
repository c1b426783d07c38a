import { setTimeout as delay } from 'node:timers/promises';
import { CoppiceError, errnoOf, fromNodeError } from '../base/errors.ts';
import type { LockHandle } from '../engine/engine.ts';
import { lockPath } from './layout.ts';
import { announce, livePresences, withdraw } from './presence.ts';
import type { Repo } from './repo.ts';

/** Shared for what writes or reads a consistent state, exclusive for what deletes. Never go from one to the other. */
export type LockKind = 'shared' | 'exclusive';

export interface LockOptions {
  /** Told when this engine cannot exclude foreign `ostree` processes. */
  readonly notice?: ((sentence: string) => void) | undefined;
  /** Stops the waiting with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/** A held lock; whoever acquired it calls `release`. */
export interface RepoLock {
  /** Lets go; again is harmless. */
  release(): void;
}

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;
const READ_ONLY: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS']);
const NO_LOCK: RepoLock = { release: () => undefined };

/**
 * Takes the repository's lock, waiting up to `lock-timeout-secs`; then LOCK_TIMEOUT.
 *
 * Against other processes of coppice by files in `tmp/` (see presence), whatever their engine; against libostree by a
 * record lock on `.lock`, where the engine has those. A repository that we may only read, or one with
 * `locking=false`, gives a shared lock that holds nothing, as in libostree.
 */
export async function acquireRepoLock(repo: Repo, kind: LockKind, options: LockOptions = {}): Promise<RepoLock> {
  if (!repo.config.locking) return NO_LOCK;
  if (!repo.engine.capabilities.recordLocks) options.notice?.(foreignNotice(repo));
  const attempt = kind === 'shared' ? new SharedAttempt(repo) : new ExclusiveAttempt(repo);
  try {
    return await retry(repo, kind, attempt, options);
  } catch (error) {
    attempt.giveUp();
    throw fromNodeError(error, repo.path);
  }
}

/** Runs `work` under the lock and releases it whatever happens. */
export async function withRepoLock<T>(
  repo: Repo,
  kind: LockKind,
  work: () => T | Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const lock = await acquireRepoLock(repo, kind, options);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** One way of taking the lock: `try` as often as needed, then either the lock is held or `giveUp` is called. */
interface Attempt {
  try(): RepoLock | undefined;
  giveUp(): void;
}

async function retry(repo: Repo, kind: LockKind, attempt: Attempt, { signal }: LockOptions): Promise<RepoLock> {
  const { lockTimeoutSecs } = repo.config;
  const deadline = lockTimeoutSecs < 0 ? Number.POSITIVE_INFINITY : Date.now() + lockTimeoutSecs * 1000;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (signal?.aborted === true) throw new CoppiceError('CANCELLED', `locking repo ${kind} cancelled`);
    const lock = attempt.try();
    if (lock !== undefined) return lock;
    const left = deadline - Date.now();
    if (left <= 0) throw timedOut(repo, kind);
    await pause(Math.min(left, wait * (0.5 + Math.random() / 2)), signal);
  }
}

/** An abort ends the pause early; the loop then sees it. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

class SharedAttempt implements Attempt {
  readonly #repo: Repo;
  #holder: string | undefined;

  constructor(repo: Repo) {
    this.#repo = repo;
  }

  /** The file comes first and the look around second, so of two that race at least one sees the other. */
  try(): RepoLock | undefined {
    const holder = announceHolder(this.#repo);
    if (holder === undefined) return NO_LOCK;
    this.#holder = holder;
    const record = livePresences(this.#repo, 'exclusive').length === 0 ? tryRecordLock(this.#repo, 'shared') : undefined;
    if (record !== undefined) return heldLock(this.#repo, record, holder);
    this.giveUp();
    return undefined;
  }

  giveUp(): void {
    if (this.#holder !== undefined) withdraw(this.#holder);
    this.#holder = undefined;
  }
}

/** Undefined in a repository that we may only read. */
function announceHolder(repo: Repo): string | undefined {
  try {
    return announce(repo, 'holder');
  } catch (error) {
    if (READ_ONLY.has(errnoOf(error))) return undefined;
    throw error;
  }
}

class ExclusiveAttempt implements Attempt {
  readonly #repo: Repo;
  #marker: string | undefined;

  constructor(repo: Repo) {
    this.#repo = repo;
  }

  /** The marker stays while it waits, so that new holders stand back; before another marker it yields. */
  try(): RepoLock | undefined {
    this.#marker ??= announce(this.#repo, 'exclusive');
    const marker = this.#marker;
    if (livePresences(this.#repo, 'exclusive', marker).length > 0) {
      this.giveUp();
      return undefined;
    }
    if (livePresences(this.#repo, 'holder').length > 0) return undefined;
    const record = tryRecordLock(this.#repo, 'exclusive');
    return record === undefined ? undefined : heldLock(this.#repo, record, marker);
  }

  giveUp(): void {
    if (this.#marker !== undefined) withdraw(this.#marker);
    this.#marker = undefined;
  }
}

/** `none` stands for the lock of an engine that has no record locks. */
function tryRecordLock(repo: Repo, kind: LockKind): LockHandle | 'none' | undefined {
  return repo.engine.capabilities.recordLocks ? repo.engine.tryLock(lockPath(repo.path), kind) : 'none';
}

function heldLock(repo: Repo, record: LockHandle | 'none', presence: string): RepoLock {
  let held = true;
  return {
    release: () => {
      if (!held) return;
      held = false;
      if (record !== 'none') repo.engine.unlock(record);
      withdraw(presence);
    },
  };
}

function timedOut(repo: Repo, kind: LockKind): CoppiceError {
  const holders = [...livePresences(repo, 'exclusive'), ...livePresences(repo, 'holder')];
  return new CoppiceError('LOCK_TIMEOUT', `Locking repo ${kind} failed: Resource temporarily unavailable`, {
    facts: { path: lockPath(repo.path), holder: holders[0], timeoutSecs: repo.config.lockTimeoutSecs },
    hint: 'Another process works on this repository; wait for it, or raise `core.lock-timeout-secs`.',
  });
}

function foreignNotice(repo: Repo): string {
  return (
    `the ${repo.engine.name} engine has no record locks and cannot exclude foreign ostree processes: ` +
    'do not run `ostree prune` or other deleting commands on this repository meanwhile'
  );
}
