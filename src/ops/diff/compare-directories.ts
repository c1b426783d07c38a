import type { DiskFile, SideDirectory, SideEntry } from './side.ts';

export interface Change {
  readonly kind: 'modified' | 'removed' | 'added';
  /** From the root of a commit (`/etc/hosts`) or relative to a directory on disk (`etc/hosts`). */
  readonly path: string;
}

/** What one side knows of a file: its checksum, or where to read it. */
export type Unhashed = { readonly checksum: Uint8Array } | { readonly name: string; readonly file: DiskFile };

/** A change, or two files that differ if their checksums do. */
export type Step =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'hash'; readonly path: string; readonly left: Unhashed; readonly right: Unhashed };

/**
 * Walks two directories side by side, depth-first, and tells what changed; reads no content. Two directories of
 * commits with one dirtree are equal and not entered. An added directory is told with all that is in it, a removed or
 * replaced one alone. The roots themselves are not compared.
 */
export function* compareDirectories(left: SideDirectory, right: SideDirectory): Generator<Step> {
  if (left.tree !== undefined && left.tree === right.tree) return;
  const [before, after] = [left.list(), right.list()];
  for (const entry of before.entries) yield* compareEntry(left, entry, after.byName.get(entry.name));
  for (const entry of after.entries) if (!before.byName.has(entry.name)) yield* addEntry(right, entry);
}

function* compareEntry(left: SideDirectory, entry: SideEntry, other: SideEntry | undefined): Generator<Step> {
  const path = left.pathOf(entry.name);
  if (other === undefined) {
    yield change('removed', path);
  } else if (entry.kind === 'directory' && other.kind === 'directory') {
    if (!sameBytes(entry.directory.meta(), other.directory.meta())) yield change('modified', path);
    yield* compareDirectories(entry.directory, other.directory);
  } else {
    const step = compareFiles(path, entry, other);
    if (step !== undefined) yield step;
  }
}

function compareFiles(path: string, entry: SideEntry, other: SideEntry): Step | undefined {
  if (entry.kind === 'special' && other.kind === 'special') {
    return entry.identity === other.identity ? undefined : change('modified', path);
  }
  const [left, right] = [unhashed(entry), unhashed(other)];
  if (left === undefined || right === undefined) return change('modified', path);
  if ('checksum' in left && 'checksum' in right) {
    return sameBytes(left.checksum, right.checksum) ? undefined : change('modified', path);
  }
  return { kind: 'hash', path, left, right };
}

function unhashed(entry: SideEntry): Unhashed | undefined {
  return entry.kind === 'object' || entry.kind === 'disk' ? entry : undefined;
}

function* addEntry(right: SideDirectory, entry: SideEntry): Generator<Step> {
  yield change('added', right.pathOf(entry.name));
  if (entry.kind !== 'directory') return;
  for (const child of entry.directory.list().entries) yield* addEntry(entry.directory, child);
}

function change(kind: Change['kind'], path: string): Step {
  return { kind: 'change', change: { kind, path } };
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
