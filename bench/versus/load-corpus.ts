import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPORA, type CorpusName } from '../support/corpora.ts';
import { copyRealTree, regularFiles, type TreeTotals, writeCorpus } from '../support/write-corpus.ts';

/** A tree on disk that operations read. */
export interface LoadedCorpus {
  readonly name: CorpusName;
  readonly root: string;
  readonly totals: TreeTotals;
  /** Its regular files, in byte order. */
  readonly files: readonly string[];
  /** The same as a list for the floor program. */
  readonly listPath: string;
}

export interface CorpusChoice {
  readonly name: CorpusName;
  /** The directory that `real` copies. */
  readonly realTree: string;
  /** Files of `many`. */
  readonly manyFiles: number;
}

export function writeList(path: string, names: Iterable<string>): string {
  writeFileSync(path, [...names].map((name) => `${name}\0`).join(''));
  return path;
}

function writeTree(choice: CorpusChoice, root: string): TreeTotals {
  if (choice.name === 'real') return copyRealTree(choice.realTree, root);
  const spec = CORPORA[choice.name];
  return writeCorpus(choice.name === 'many' ? { ...spec, files: choice.manyFiles } : spec, root);
}

/** Writes the corpus below `room`; `unloadCorpus` removes it. */
export function loadCorpus(choice: CorpusChoice, room: string): LoadedCorpus {
  const root = join(room, choice.name);
  const totals = writeTree(choice, root);
  const files = [...regularFiles(root)].toSorted();
  return { name: choice.name, root, totals, files, listPath: writeList(`${root}.list`, files) };
}

export function unloadCorpus(corpus: LoadedCorpus): void {
  rmSync(corpus.root, { recursive: true });
  rmSync(corpus.listPath);
}
