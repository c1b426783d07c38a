import { chmodSync, closeSync, cpSync, lstatSync, mkdirSync, openSync, readdirSync, statSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ContentKind, ContentSource } from './content.ts';
import { type CorpusSpec, planCorpus, type PlannedEntry } from './corpus-plan.ts';
import { Random } from './random.ts';

const POOL_SEED = 1;
const USUAL_MODE = 0o644;

export interface TreeTotals {
  readonly files: number;
  readonly bytes: number;
  readonly directories: number;
  readonly symlinks: number;
}

/** Writes whole contents to files; what `writeSync` leaves over is written again. */
export class TreeWriter {
  readonly #contents = new ContentSource(POOL_SEED);

  write(root: string, entry: PlannedEntry): void {
    const path = join(root, entry.path);
    if (entry.type === 'directory') mkdirSync(path, { mode: 0o755 });
    else if (entry.type === 'symlink') symlinkSync(entry.target, path);
    else this.writeFile(path, entry.kind, entry.contentSeed, entry.sizeBytes);
    if (entry.type === 'file' && entry.mode !== USUAL_MODE) chmodSync(path, entry.mode);
  }

  writeFile(path: string, kind: ContentKind, contentSeed: number, sizeBytes: number): void {
    const descriptor = openSync(path, 'w', USUAL_MODE);
    try {
      for (const piece of this.#contents.pieces(kind, contentSeed, sizeBytes)) {
        for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done);
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Writes the planned tree below `root`, which is made. */
export function writeCorpus(spec: CorpusSpec, root: string): TreeTotals {
  const writer = new TreeWriter();
  mkdirSync(root, { mode: 0o755 });
  for (const entry of planCorpus(spec)) writer.write(root, entry);
  return countTree(root);
}

/** Rewrites about `share` of the files in place with new contents of the same size; the seed chooses which and what. */
export function changeFiles(root: string, paths: readonly string[], share: number, seed: number): string[] {
  const [writer, random, changed] = [new TreeWriter(), new Random(seed), [] as string[]];
  for (const path of paths) {
    if (!random.chance(share)) continue;
    const full = join(root, path);
    writer.writeFile(full, 'binary', random.next32(), statSync(full).size);
    changed.push(path);
  }
  return changed;
}

/** Copies `source` with links, modes and times as they are. */
export function copyRealTree(source: string, root: string): TreeTotals {
  cpSync(source, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter: isCommittable });
  return countTree(root);
}

function isCommittable(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();
}

export function countTree(root: string): TreeTotals {
  const totals = { files: 0, bytes: 0, directories: 1, symlinks: 0 };
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isSymbolicLink()) totals.symlinks += 1;
    else if (entry.isDirectory()) addTotals(totals, countTree(path));
    else {
      totals.files += 1;
      totals.bytes += statSync(path).size;
    }
  }
  return totals;
}

function addTotals(sum: { -readonly [K in keyof TreeTotals]: TreeTotals[K] }, more: TreeTotals): void {
  sum.files += more.files;
  sum.bytes += more.bytes;
  sum.directories += more.directories;
  sum.symlinks += more.symlinks;
}

/** Paths of regular files in the order of the walk. */
export function* regularFiles(root: string, prefix = ''): Generator<string> {
  for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* regularFiles(root, path);
    else if (entry.isFile()) yield path;
  }
}

