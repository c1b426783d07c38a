import { closeSync, lstatSync, openSync, readdirSync, rmSync } from 'node:fs';
import { fromNodeError } from '../base/errors.ts';
import { tmpPath } from './layout.ts';
import { newIdentity, processState } from './process-identity.ts';
import { removeLeftover } from './remove-leftover.ts';
import type { Repo } from './repo.ts';

/**
 * What running transactions and lock holders leave in `tmp/`, each name ending in the identity of its process:
 *
 *     coppice-holder-<identity>      somebody holds the lock shared
 *     coppice-exclusive-<identity>   somebody holds it exclusively, or waits for the holders to go
 *     coppice-staging-<identity>/    objects of a transaction, not yet in `objects/`
 *     coppice-index-<identity>       a stat index that is being written
 *     coppice-file-<identity>        a file that is to replace another: a ref, the config, a metadata object
 *
 * What a process that is gone left behind counts for nothing and is swept away.
 */
const PREFIXES = {
  holder: 'coppice-holder-',
  exclusive: 'coppice-exclusive-',
  staging: 'coppice-staging-',
  index: 'coppice-index-',
  file: 'coppice-file-',
} as const;

export type PresenceKind = keyof typeof PREFIXES;

const MARKER_MODE = 0o660;

/** A name in `tmp/` for something of this process. */
export function presencePath(repo: Repo, kind: PresenceKind): string {
  return `${tmpPath(repo.path)}/${PREFIXES[kind]}${newIdentity()}`;
}

/** Puts an empty file there for everybody to see; its path comes back. Throws node's own errors. */
export function announce(repo: Repo, kind: PresenceKind): string {
  const path = presencePath(repo, kind);
  closeSync(openSync(path, 'wx', MARKER_MODE));
  return path;
}

export function withdraw(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

/** The paths of this kind whose process runs, without our own `except`. */
export function livePresences(repo: Repo, kind: PresenceKind, except?: string): string[] {
  const prefix = PREFIXES[kind];
  return namesIn(repo)
    .filter((name) => name.startsWith(prefix))
    .map((name) => `${tmpPath(repo.path)}/${name}`)
    .filter((path) => path !== except && isLive(repo, path, path.slice(path.lastIndexOf(prefix) + prefix.length)));
}

/** Whether the entry of `tmp/` is one of these and its process runs. */
export function isLivePresence(repo: Repo, name: string): boolean {
  const prefix = prefixOf(name);
  return prefix !== undefined && isLive(repo, `${tmpPath(repo.path)}/${name}`, name.slice(prefix.length));
}

/** Removes what processes that are gone have left. */
export function sweepPresences(repo: Repo): void {
  for (const name of namesIn(repo)) {
    if (prefixOf(name) !== undefined && !isLivePresence(repo, name)) removeLeftover(`${tmpPath(repo.path)}/${name}`);
  }
}

function prefixOf(name: string): string | undefined {
  return Object.values(PREFIXES).find((prefix) => name.startsWith(prefix));
}

/** What cannot be judged from here lives until it is as old as anything in `tmp/` may become. */
function isLive(repo: Repo, path: string, identity: string): boolean {
  const state = processState(identity);
  return state === 'unknown' ? isYoung(path, repo.config.tmpExpirySecs) : state === 'alive';
}

function isYoung(path: string, limitSecs: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < limitSecs * 1000;
}

function namesIn(repo: Repo): string[] {
  const path = tmpPath(repo.path);
  try {
    return readdirSync(path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
