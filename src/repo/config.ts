import { CoppiceError } from '../base/errors.ts';
import type { Keyfile } from '../format/keyfile.ts';
import { parseObjectFormat } from '../format/object/repo-mode.ts';
import type { ObjectAlgorithm, ObjectFormat, RepoMode } from '../format/object/repo-mode.ts';
import { parseLeadingInteger, parseMinFreeSpace } from './min-free-space.ts';
import type { MinFreeSpace } from './min-free-space.ts';

/** What `config` says, read once when the repository is opened; names and defaults are libostree's. */
export interface RepoConfig {
  readonly mode: RepoMode;
  /** What names the objects; ours, told by the word of `core.mode`. */
  readonly algorithm: ObjectAlgorithm;
  readonly fsync: boolean;
  /** Each object is synced and put into `objects/` at once, without a staging directory. */
  readonly perObjectFsync: boolean;
  readonly disableXattrs: boolean;
  /** Ours: commits without a modifier take hardlinks into the repository as `commit -I` does. */
  readonly devinoCanonical: boolean;
  readonly locking: boolean;
  /** −1 waits for ever. */
  readonly lockTimeoutSecs: number;
  readonly minFreeSpace: MinFreeSpace;
  readonly tmpExpirySecs: number;
  readonly tombstoneCommits: boolean;
  /** 1–9. */
  readonly zlibLevel: number;
  readonly collectionId: string | undefined;
  /** A repository that is asked for objects and refs that this one lacks. */
  readonly parent: string | undefined;
  readonly enableUncompressedCache: boolean;
  readonly autoUpdateSummary: boolean;
  /** The indexes of static deltas are kept in step with the deltas. */
  readonly indexedDeltas: boolean;
  /** Only the indexes list static deltas, the summary does not. */
  readonly noDeltasInSummary: boolean;
  /** Bytes from which on content is also found by its payload; undefined for never. */
  readonly payloadLinkThreshold: number | undefined;
  /** Names of the remotes configured in this file. */
  readonly remotes: readonly string[];
}

const CORE = 'core';
const REMOTE_GROUP = /^remote "(.+)"$/;
const DEFAULT_ZLIB_LEVEL = 6;
const DEFAULT_LOCK_TIMEOUT_SECS = 300;
const DEFAULT_TMP_EXPIRY_SECS = 24 * 60 * 60;
const MAX_LOCK_TIMEOUT_SECS = 2 ** 31 - 1;

/** Gives a parsed `config` its meaning; throws REPO_UNSUPPORTED in libostree's words. */
export function readConfig(keyfile: Keyfile): RepoConfig {
  assertVersion(keyfile);
  const format = readObjectFormat(keyfile);
  const flag = (key: string, fallback: boolean): boolean => readBoolean(keyfile, key) ?? fallback;
  return {
    ...format,
    fsync: flag('fsync', true),
    perObjectFsync: flag('per-object-fsync', false),
    disableXattrs: flag('disable-xattrs', false),
    devinoCanonical: flag('devino-canonical', false),
    locking: flag('locking', true),
    lockTimeoutSecs: readLockTimeout(keyfile),
    minFreeSpace: parseMinFreeSpace(text(keyfile, 'min-free-space-size'), text(keyfile, 'min-free-space-percent')),
    tmpExpirySecs: readInteger(keyfile, 'tmp-expiry-secs', DEFAULT_TMP_EXPIRY_SECS),
    tombstoneCommits: flag('tombstone-commits', false),
    zlibLevel: readZlibLevel(keyfile),
    collectionId: text(keyfile, 'collection-id') || undefined,
    parent: text(keyfile, 'parent') || undefined,
    enableUncompressedCache: flag('enable-uncompressed-cache', true),
    autoUpdateSummary: flag('auto-update-summary', false) || flag('commit-update-summary', false),
    indexedDeltas: flag('indexed-deltas', false),
    noDeltasInSummary: flag('no-deltas-in-summary', false),
    payloadLinkThreshold: readPayloadThreshold(keyfile),
    remotes: keyfile.groups().flatMap((group) => REMOTE_GROUP.exec(group)?.[1] ?? []),
  };
}

function text(keyfile: Keyfile, key: string): string | undefined {
  return keyfile.getString(CORE, key);
}

/** GKeyFile's rules, in its words for booleans. */
function readBoolean(keyfile: Keyfile, key: string): boolean | undefined {
  const word = keyfile.get(CORE, key)?.trimEnd();
  if (word === undefined) return undefined;
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  throw unsupported(`Key file contains key “${key}” which has a value that cannot be interpreted.`);
}

function assertVersion(keyfile: Keyfile): void {
  if (!keyfile.hasGroup(CORE)) throw unsupported(`Key file does not have group “${CORE}”`);
  const version = text(keyfile, 'repo_version');
  if (version === undefined) throw unsupported(`Key file does not have key “repo_version” in group “${CORE}”`);
  if (version !== '1') throw unsupported(`Invalid repository version '${version}'`);
}

function readObjectFormat(keyfile: Keyfile): ObjectFormat {
  if (readBoolean(keyfile, 'archive') === true) {
    throw unsupported('This version of OSTree no longer supports "archive" repositories; use archive-z2 instead');
  }
  const word = text(keyfile, 'mode') ?? 'bare';
  const format = parseObjectFormat(word);
  if (format === undefined) throw unsupported(`Invalid mode '${word}' in repository configuration`);
  return format;
}

function readInteger(keyfile: Keyfile, key: string, fallback: number): number {
  const value = text(keyfile, key);
  return value === undefined ? fallback : parseLeadingInteger(value);
}

function readLockTimeout(keyfile: Keyfile): number {
  return Math.min(readInteger(keyfile, 'lock-timeout-secs', DEFAULT_LOCK_TIMEOUT_SECS), MAX_LOCK_TIMEOUT_SECS);
}

function readZlibLevel(keyfile: Keyfile): number {
  const value = keyfile.getString('archive', 'zlib-level');
  return value === undefined ? DEFAULT_ZLIB_LEVEL : Math.min(Math.max(parseLeadingInteger(value), 1), 9);
}

function readPayloadThreshold(keyfile: Keyfile): number | undefined {
  const value = readInteger(keyfile, 'payload-link-threshold', -1);
  return value < 0 ? undefined : value;
}

function unsupported(message: string): CoppiceError {
  return new CoppiceError('REPO_UNSUPPORTED', message);
}
