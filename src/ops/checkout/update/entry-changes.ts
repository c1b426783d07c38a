import { checksumFromBytes } from '../../../base/checksum.ts';
import type { Checksum } from '../../../base/checksum.ts';
import type { DirtreeDirectory, DirtreeFile } from '../../../format/object/dirtree.ts';
import { readDirtreeObject } from '../../../repo/object-reader.ts';
import type { Repo } from '../../../repo/repo.ts';

/** A directory of a commit. */
export interface TreeDirectory {
  readonly kind: 'directory';
  readonly name: string;
  readonly tree: Checksum;
  readonly meta: Checksum;
}

export interface TreeFile extends DirtreeFile {
  readonly kind: 'file';
}

export type TreeEntry = TreeFile | TreeDirectory;

/** A name that does not stand for the same in two directories; a side that lacks it is undefined. */
export interface EntryChange {
  readonly name: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/**
 * What differs between two directories of commits, files before directories; an absent directory has no entries.
 * Equal dirtrees are not read, equal entries not told.
 */
export function changedEntries(repo: Repo, before: TreeDirectory | undefined, after: TreeDirectory | undefined): EntryChange[] {
  if (before?.tree === after?.tree) return [];
  const [old, fresh] = [entriesOf(repo, before), entriesOf(repo, after)];
  const changes: EntryChange[] = [];
  for (const [name, entry] of old) {
    const other = fresh.get(name);
    if (other === undefined || !isSame(entry, other)) changes.push({ name, before: entry, after: other });
  }
  for (const [name, entry] of fresh) if (!old.has(name)) changes.push({ name, before: undefined, after: entry });
  return [...changes.filter((change) => !involvesDirectory(change)), ...changes.filter(involvesDirectory)];
}

function involvesDirectory({ before, after }: EntryChange): boolean {
  return before?.kind === 'directory' || after?.kind === 'directory';
}

export function directoryOf(entry: TreeEntry | undefined): TreeDirectory | undefined {
  return entry?.kind === 'directory' ? entry : undefined;
}

export function fileOf(entry: TreeEntry | undefined): TreeFile | undefined {
  return entry?.kind === 'file' ? entry : undefined;
}

function entriesOf(repo: Repo, directory: TreeDirectory | undefined): Map<string, TreeEntry> {
  if (directory === undefined) return new Map();
  const { files, directories } = readDirtreeObject(repo, directory.tree);
  return new Map([
    ...files.map((file): [string, TreeEntry] => [file.name, { kind: 'file', ...file }]),
    ...directories.map((entry): [string, TreeEntry] => [entry.name, toDirectory(entry)]),
  ]);
}

function toDirectory({ name, tree, meta }: DirtreeDirectory): TreeDirectory {
  return { kind: 'directory', name, tree: checksumFromBytes(tree), meta: checksumFromBytes(meta) };
}

function isSame(a: TreeEntry, b: TreeEntry): boolean {
  if (a.kind === 'file') return b.kind === 'file' && Buffer.compare(a.checksum, b.checksum) === 0;
  return b.kind === 'directory' && a.tree === b.tree && a.meta === b.meta;
}
