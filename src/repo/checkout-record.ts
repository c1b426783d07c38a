import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { isChecksum } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { replaceFile } from '../fs/tmp-file.ts';
import { cachePath } from './layout.ts';
import type { Repo } from './repo.ts';

/** What the repository remembers of a checkout: what is there, and how it was made. */
export interface CheckoutRecord {
  readonly commit: Checksum;
  /** The commit that an update which has begun and not ended makes of it. */
  readonly pending?: Checksum | undefined;
  /** The path in the commit that was checked out; absent for the whole tree. */
  readonly subpath?: string | undefined;
  readonly userMode: boolean;
  readonly requireHardlinks: boolean;
  readonly forceCopy: boolean;
  readonly bareUserOnlyDirectories: boolean;
  readonly disableCache: boolean;
}

/** The record as JSON, private to coppice; whatever does not fit counts as no record. */
const FORMAT = 1;
const FLAGS = ['userMode', 'requireHardlinks', 'forceCopy', 'bareUserOnlyDirectories', 'disableCache'] as const;

/** Files kept, those that a crash left half-written among them; past this many the oldest quarter goes. */
const MAX_RECORDS = 4096;

const recordsPath = (repo: Repo): string => `${cachePath(repo.path)}/coppice-checkouts`;

/** Where the record of a directory is, and the real path that it must tell of: one that was moved is another one. */
interface Place {
  readonly file: string;
  readonly path: string;
}

/** Device, inode and time of birth, which tells an inode number used again (0 where the file system keeps none). */
function placeOf(repo: Repo, destination: string): Place {
  const path = realpathSync(destination);
  const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
  return { file: `${recordsPath(repo)}/${dev}-${ino}-${birthtimeNs}`, path };
}

/** The record of the directory; undefined when there is none that can be read. */
export function readCheckoutRecord(repo: Repo, destination: string): CheckoutRecord | undefined {
  try {
    const { file, path } = placeOf(repo, destination);
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(parsed, path) ? parsed : undefined;
  } catch {
    return undefined; // absent, damaged or not ours to read
  }
}

function isRecord(value: unknown, realPath: string): value is CheckoutRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { format, path, commit, pending, subpath, ...flags } = value as Readonly<Record<string, unknown>>;
  return format === FORMAT
    && path === realPath
    && isName(commit)
    && (pending === undefined || isName(pending))
    && (subpath === undefined || typeof subpath === 'string')
    && FLAGS.every((flag) => typeof flags[flag] === 'boolean');
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && isChecksum(value);
}

/** Writes the record in place of an older one, whole or not at all. Throws what the file system says. */
export function writeCheckoutRecord(repo: Repo, destination: string, record: CheckoutRecord): void {
  const { file, path } = placeOf(repo, destination);
  mkdirSync(recordsPath(repo), { recursive: true });
  dropOldRecords(recordsPath(repo));
  const text = JSON.stringify({ format: FORMAT, path, ...record });
  replaceFile(file, text, { mode: 0o600, fsync: fsyncPolicy(false) });
}

/** As `writeCheckoutRecord`; where that cannot be done, a later update is told the commit. */
export function rememberCheckout(repo: Repo, destination: string, record: CheckoutRecord): void {
  try {
    writeCheckoutRecord(repo, destination, record);
  } catch {
    // a read-only or full repository directory: the checkout itself is done
  }
}

function dropOldRecords(directory: string): void {
  const names = readdirSync(directory);
  if (names.length < MAX_RECORDS) return;
  const oldest = names
    .map((name) => ({ name, time: statSync(`${directory}/${name}`).mtimeMs }))
    .toSorted((a, b) => a.time - b.time)
    .slice(0, MAX_RECORDS / 4);
  for (const { name } of oldest) rmSync(`${directory}/${name}`, { force: true });
}
