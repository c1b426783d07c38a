import { readFileSync, readlinkSync } from 'node:fs';
import { compareUtf8 } from '../base/byte-order.ts';
import { checksumFault, isChecksum } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords } from '../base/errors.ts';
import { isValidRefName } from '../format/ref-name.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { refsPath } from './layout.ts';
import { locateRefspec, refPath, resolveAlias } from './ref-location.ts';
import type { RefLocation } from './ref-location.ts';
import type { Repo } from './repo.ts';

export { writeAlias, writeRef } from './write-ref.ts';

export interface RefEntry {
  /** `ref` or `remote:ref`; of a mirrored ref the ref alone. */
  readonly refspec: string;
  /** The collection of a mirrored ref, else undefined. */
  readonly collectionId: string | undefined;
  /** Undefined when the file does not hold a checksum; `readRef` tells what is wrong. */
  readonly checksum: Checksum | undefined;
  /** The ref that this one is an alias of. */
  readonly alias: string | undefined;
}

export interface ListRefsOptions {
  /** Default `all`: heads and remotes. `mirrors` are the refs of collections. */
  readonly kind?: 'all' | 'heads' | 'remotes' | 'mirrors' | undefined;
  /** A refspec or the directories before it (`os`, `remote:`, `remote:os`): lists it and what lies below it. */
  readonly prefix?: string | undefined;
  /** Lists aliases that lead nowhere instead of throwing. */
  readonly deadAliases?: boolean | undefined;
}

/** What C calls white space; JavaScript's own idea of it is wider. */
const TRAILING_SPACE = /[ \t\n\v\f\r]+$/;

/** The refs of this repository (not its parents'), sorted by name; files of other names are no refs. Throws where an alias leads nowhere. */
export function listRefs(repo: Repo, options: ListRefsOptions = {}): RefEntry[] {
  const { kind = 'all', prefix, deadAliases = false } = options;
  const base = refsPath(repo.path);
  const entries: RefEntry[] = [];
  if (kind === 'all' || kind === 'heads') collect(`${base}/heads`, '', { make: headEntry, deadAliases }, entries);
  if (kind === 'all' || kind === 'remotes') collectOwners(`${base}/remotes`, { make: remoteEntry, deadAliases }, entries);
  if (kind === 'mirrors') collectOwners(`${base}/mirrors`, { make: mirrorEntry, deadAliases }, entries);
  const wanted = prefix === undefined ? entries : entries.filter(({ refspec }) => isBelow(refspec, prefix));
  return wanted.toSorted((a, b) => compareUtf8(a.refspec, b.refspec) || compareUtf8(a.collectionId ?? '', b.collectionId ?? ''));
}

/**
 * What the ref points at; undefined when there is none. Parents are not asked.
 * Throws REF_INVALID for what is no ref name, for broken contents, and where another ref stands in the way.
 */
export function readRef(repo: Repo, refspec: string): Checksum | undefined {
  return readRefAt(repo, locateRefspec(refspec));
}

/** As `readRef`, for refs of collections too. */
export function readRefAt(repo: Repo, location: RefLocation): Checksum | undefined {
  const path = refPath(repo.path, location);
  const text = readRefText(path, { ref: location.ref, shown: path.slice(repo.path.length + 1) });
  return text === undefined ? undefined : parseRefText(text, path);
}

function readRefText(path: string, { ref, shown }: { readonly ref: string; readonly shown: string }): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(TRAILING_SPACE, '');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT') return undefined;
    const words = errno === 'EISDIR' ? `Couldn't open ref '${ref}'` : `openat(${shown})`;
    throw new CoppiceError('REF_INVALID', `${words}: ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}

function parseRefText(text: string, path: string): Checksum {
  if (isChecksum(text)) return text;
  throw new CoppiceError('REF_INVALID', checksumFault(text), { facts: { path } });
}

function isBelow(refspec: string, prefix: string): boolean {
  if (prefix.endsWith(':')) return refspec.startsWith(prefix);
  return refspec === prefix || refspec.startsWith(`${prefix}/`);
}

/** A ref found on disk: its name below its root, and whose it is. */
interface FoundRef {
  readonly ref: string;
  readonly owner: string;
  readonly checksum: Checksum | undefined;
  readonly alias: string | undefined;
}
type MakeEntry = (found: FoundRef) => RefEntry;

const headEntry: MakeEntry = ({ ref, checksum, alias }) => ({ refspec: ref, collectionId: undefined, checksum, alias });
const remoteEntry: MakeEntry = ({ owner, ref, checksum, alias }) => ({
  refspec: `${owner}:${ref}`,
  collectionId: undefined,
  checksum,
  alias,
});
const mirrorEntry: MakeEntry = ({ owner, ref, checksum, alias }) => ({ refspec: ref, collectionId: owner, checksum, alias });

interface Collecting {
  readonly make: MakeEntry;
  readonly deadAliases: boolean;
}

function collectOwners(base: string, how: Collecting, into: RefEntry[]): void {
  for (const entry of readDirectory(base)) {
    if (entry.isDirectory()) collect(`${base}/${entry.name}`, entry.name, how, into);
  }
}

function collect(root: string, owner: string, { make, deadAliases }: Collecting, into: RefEntry[]): void {
  const visit = (directory: string): void => {
    for (const entry of readDirectory(directory === '' ? root : `${root}/${directory}`)) {
      const ref = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (!isValidRefName(ref)) continue;
      if (entry.isDirectory()) visit(ref);
      else into.push(make({ ref, owner, ...readEntry(root, ref, { isAlias: entry.isSymbolicLink(), deadAliases }) }));
    }
  };
  visit('');
}

function readEntry(root: string, ref: string, file: { readonly isAlias: boolean; readonly deadAliases: boolean }): Pick<FoundRef, 'checksum' | 'alias'> {
  const path = `${root}/${ref}`;
  const alias = file.isAlias ? resolveAlias(ref, readlinkSync(path)) : undefined;
  const text = readRefText(path, { ref, shown: ref });
  if (text === undefined && !(file.isAlias && file.deadAliases)) {
    const words = `Listing refs: openat(${ref}): ${errnoWords('ENOENT')}`;
    throw new CoppiceError('REF_NOT_FOUND', words, { facts: { path } });
  }
  return { checksum: text !== undefined && isChecksum(text) ? text : undefined, alias };
}
