import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeTree } from './inodes.ts';
import type { Inode } from './inodes.ts';

/**
 * Comparers return what differs as sentences, so that a test reads `expect(compare…(ours, theirs)).toEqual([])` and
 * its failure says what is wrong. The list ends early; the last line then says how many more there are.
 */
export type Differences = readonly string[];

const SHOWN = 40;
const DAY_NANOS = 86_400_000_000_000n;
const BARE_CONTENT = /\.file$/;

type Facts = Readonly<Record<string, string | number>>;

/** Inode by inode: the objects, the refs, the config and the directories of two repositories. Compressed streams may differ in bytes, not in what they inflate to. */
export function compareRepositories(ours: string, theirs: string, options: RepositoryComparison = {}): Differences {
  const differences = compareFacts(repositoryFacts(ours), repositoryFacts(theirs));
  return shortened(options.adopted === true ? differences.filter((line) => !ADOPTED.test(line)) : differences);
}

export interface RepositoryComparison {
  /** After --consume in bare modes ostree leaves the source's time, owner and stray xattrs on the inode that it moved; we do not. */
  readonly adopted?: boolean;
}

const ADOPTED = /\.file": (mtime: ours 0,|[ug]id: ours 0,|xattr \S+: ours (absent|0x),)/;

function repositoryFacts(repo: string): Map<string, Facts> {
  const facts = objectFacts(repo, '');
  for (const path of facts.keys()) if (isVolatile(path)) facts.delete(path);
  return facts;
}

/** tmp/ is judged by `strayFiles`; the uncompressed cache by the checkouts that link into it. */
function isVolatile(path: string): boolean {
  return path.startsWith('tmp/') || path.startsWith('uncompressed-objects-cache');
}

function objectFacts(repo: string, below: string): Map<string, Facts> {
  const inodes = describeTree(join(repo, below), { filez: true });
  return new Map(inodes.map((inode) => [inode.path, objectFact(inode)]));
}

function objectFact(inode: Inode): Facts {
  return { ...commonFacts(inode), ...(hasFixedTime(inode) ? { mtime: inode.mtimeNanos } : {}), ...(inode.path.endsWith('.filez') ? {} : { size: inode.size }) };
}

/** libostree sets the time of regular content in the bare family, and of nothing else. */
function hasFixedTime(inode: Inode): boolean {
  return inode.kind === 'file' && BARE_CONTENT.test(inode.path);
}

function commonFacts(inode: Inode): Facts {
  const { kind, mode, uid, gid, rdev, target, digest } = inode;
  return { kind, mode: `0${mode.toString(8)}`, uid, gid, rdev, target, digest, ...xattrFacts(inode) };
}

function xattrFacts({ xattrs }: Inode): Facts {
  return Object.fromEntries(Object.entries(xattrs).map(([name, value]) => [`xattr ${name}`, `0x${value}`]));
}

/** What a checkout looked like, to be compared once or more. */
export interface CheckoutSnapshot {
  readonly facts: ReadonlyMap<string, Facts>;
}

/** `repo` is where the checkout came from: an inode that it shares with an object is noted under the object's name. Paths in `except` are left out. */
export function snapshotCheckout(root: string, repo?: string, except?: string): CheckoutSnapshot {
  const inodes = describeTree(root).filter(({ path }) => except === undefined || !`${path}/`.startsWith(`${except}/`));
  const firstPaths = firstPathOfEachInode(inodes);
  const objects = repo === undefined ? new Map<string, string>() : objectOfEachInode(repo);
  return { facts: new Map(inodes.map((inode) => [inode.path, checkoutFact(inode, firstPaths, objects)])) };
}

/** Names, types, bytes, modes, owners, xattrs, times, and which paths share an inode with each other and with the store. */
export function compareCheckouts(ours: CheckoutSnapshot, theirs: CheckoutSnapshot): Differences {
  return shortened(compareFacts(ours.facts, theirs.facts));
}

function checkoutFact(inode: Inode, firstPaths: ReadonlyMap<string, string>, objects: ReadonlyMap<string, string>): Facts {
  const sharing: Facts = inode.kind === 'dir' ? {} : { 'same inode as': firstPaths.get(inode.inode) ?? '', 'linked to': objects.get(inode.inode) ?? 'no object' };
  return { ...commonFacts(inode), size: inode.size, mtime: timeWord(inode.mtimeNanos), ...sharing };
}

function firstPathOfEachInode(inodes: readonly Inode[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const inode of inodes) if (!first.has(inode.inode)) first.set(inode.inode, inode.path);
  return first;
}

function objectOfEachInode(repo: string): Map<string, string> {
  const folders = ['objects', 'uncompressed-objects-cache'].filter((folder) => existsSync(join(repo, folder)));
  const found = folders.flatMap((folder) => describeTree(join(repo, folder), { statOnly: true }).map((inode): [string, string] => [inode.inode, `${folder}/${inode.path}`]));
  return new Map(found);
}

/** A time around the present is "now": two runs cannot agree on it. Any other must be equal to the nanosecond. */
function timeWord(nanos: string): string {
  const distance = BigInt(nanos) - BigInt(Date.now()) * 1_000_000n;
  return distance > -DAY_NANOS && distance < DAY_NANOS ? 'now' : nanos;
}

function compareFacts(ours: ReadonlyMap<string, Facts>, theirs: ReadonlyMap<string, Facts>): Differences {
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])];
  return paths.flatMap((path) => comparePath(path, ours.get(path), theirs.get(path)));
}

function shortened(differences: Differences): Differences {
  return differences.length <= SHOWN ? differences : [...differences.slice(0, SHOWN), `… and ${differences.length - SHOWN} more`];
}

function comparePath(path: string, ours: Facts | undefined, theirs: Facts | undefined): string[] {
  const label = path === '' ? '.' : JSON.stringify(path);
  if (ours === undefined) return [`${label}: missing in ours`];
  if (theirs === undefined) return [`${label}: only in ours`];
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].filter((key) => ours[key] !== theirs[key]);
  return keys.map((key) => `${label}: ${key}: ours ${shown(ours[key])}, theirs ${shown(theirs[key])}`);
}

function shown(value: string | number | undefined): string {
  const text = value === undefined ? 'absent' : String(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

/** What a finished repository should not hold: anything in tmp/ but its caches. */
export function strayFiles(repo: string): readonly string[] {
  const paths = describeTree(join(repo, 'tmp'), { statOnly: true }).map(({ path }) => path);
  return paths.filter((path) => path !== '' && path !== 'cache' && !path.startsWith('cache/')).map((path) => `tmp/${path}`);
}
