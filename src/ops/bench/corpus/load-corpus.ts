import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { regularFiles, type TreeTotals } from './write-corpus.ts';

/** A tree on disk that operations read. */
export interface LoadedCorpus {
  readonly name: string;
  readonly root: string;
  readonly totals: TreeTotals;
  /** Its regular files, in byte order. */
  readonly files: readonly string[];
  /** The same as a list for the floor program. */
  readonly listPath: string;
}

export function writeList(path: string, names: Iterable<string>): string {
  writeFileSync(path, [...names].map((name) => `${name}\0`).join(''));
  return path;
}

/** Has `write` make the tree in a new directory below `room`; `unloadCorpus` removes it. */
export function loadCorpus(name: string, room: string, write: (root: string) => TreeTotals): LoadedCorpus {
  const root = join(room, name);
  const totals = write(root);
  const files = [...regularFiles(root)].toSorted();
  return { name, root, totals, files, listPath: writeList(`${root}.list`, files) };
}

export function unloadCorpus(corpus: LoadedCorpus): void {
  rmSync(corpus.root, { recursive: true });
  rmSync(corpus.listPath);
}
