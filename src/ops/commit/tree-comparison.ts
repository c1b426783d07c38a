import { packNames } from '../../base/name-list.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT } from '../../engine/engine.ts';
import { NO_XATTRS } from '../../engine/header.ts';
import { readDirectory } from '../../fs/read-dir.ts';
import { FILE_WEIGHT } from '../../pool/task.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { CommitIndex } from './commit-index.ts';
import { ComparedDirectory } from './compared-directory.ts';
import type { DirectoryIds } from './directory-node.ts';
import { canVouch, filesIn } from './observation.ts';
import type { Listed } from './plan-directory.ts';

/** A directory that is as remembered, and so is all below it. */
interface UnchangedTree extends DirectoryIds {
  readonly path: RelativePath;
  /** Where its offsets begin and end among all of them. */
  readonly start: number;
  readonly end: number;
  readonly files: number;
}

/** The same, as the walk takes it. */
export interface KnownTree extends DirectoryIds {
  /** Where the records of it and of all directories below it begin in the index. */
  readonly offsets: Float64Array;
  /** Files in it and below. */
  readonly files: number;
}

/** A directory whose entries are being told. */
interface OpenDirectory {
  readonly directory: ComparedDirectory;
  readonly start: number;
  /** In it, as far as it is unchanged, and below. */
  files: number;
  isUnchanged: boolean;
  /** Directories in it; forgotten where it is unchanged itself. */
  readonly unchanged: UnchangedTree[];
}

/** What the walk need not look up: a whole tree, or what one directory has. */
export type Compared = { readonly tree: KnownTree } | { readonly listed: Listed };

interface HeldListing {
  readonly listed: Listed;
  /** Whether its own stat vouches for its names. */
  readonly hasSameNames: boolean;
}

export interface ComparisonOptions {
  /** Where the tree lies. */
  readonly root: string;
  /** Whether what is remembered of an unchanged directory can stand for it. */
  readonly answersTrees: boolean;
  /** Entries of directories that have changed, or what is below them has, that are held; what is more is left to the walk. */
  readonly mostEntries: number;
}

/**
 * A tree, entry by entry, against what the stat index remembers of it: which parts are as remembered, whole, and what the
 * directories have that are not. A directory is told before what is in it; all of it before its next neighbour.
 */
export class TreeComparison {
  readonly #index: CommitIndex;
  readonly #open: OpenDirectory[] = [];
  /** Of unchanged directories, each behind those below it. */
  readonly #offsets: number[] = [];
  readonly #unchanged = new Map<RelativePath, UnchangedTree>();
  /** By the number of its record, whether a directory has the entries that are remembered. */
  readonly #same: Uint8Array;
  readonly #held = new Map<RelativePath, HeldListing>();
  readonly #root: string;
  readonly #answersTrees: boolean;
  #entriesLeft: number;
  #newWeight = 0;
  #isInOrder = true;

  constructor(index: CommitIndex, { root, answersTrees, mostEntries }: ComparisonOptions) {
    this.#index = index;
    this.#root = root;
    this.#same = new Uint8Array(index.directories);
    this.#answersTrees = answersTrees;
    this.#entriesLeft = mostEntries;
  }

  /** `depth` is 0 for the root. */
  add(depth: number, name: string, stats: Float64Array): void {
    while (this.#open.length > depth) this.#close();
    this.#isInOrder &&= this.#open.length === depth;
    const parent = this.#open.at(-1)?.directory;
    const row = parent?.meet(name, stats);
    if (!isDirectory(stats[STAT.mode] ?? 0)) {
      if (row === undefined) this.#newWeight += FILE_WEIGHT + (stats[STAT.size] ?? 0);
      return;
    }
    const path = parent === undefined ? parseRelativePath('') : joinRelative(parent.path, name);
    const directory = new ComparedDirectory(path, stats, this.#index.knownOf(path), row);
    this.#open.push({ directory, start: this.#offsets.length, files: 0, isUnchanged: true, unchanged: [] });
  }

  /** What there is to be read of what has been told, in bytes' worth of work. */
  get newWeight(): number {
    return this.#newWeight;
  }

  /** All has been told; false where it made no sense. */
  end(): boolean {
    while (this.#open.length > 0) this.#close();
    return this.#isInOrder;
  }

  /** What is known of the directory; undefined where the walk has to look. */
  take(path: RelativePath): Compared | undefined {
    const tree = this.#unchanged.get(path);
    if (tree !== undefined) return { tree: this.#known(tree) };
    const held = this.#held.get(path);
    if (held === undefined) return this.#asRemembered(path);
    this.#held.delete(path);
    return held.hasSameNames || this.#hasNames(path, held.listed.listing.names) ? held : undefined;
  }

  /** Looks itself: a file that is not told would be missing from the commit. */
  #hasNames(path: RelativePath, names: string): boolean {
    try {
      return packNames(readDirectory(`${this.#root}/${path}`).map(({ name }) => name)) === names;
    } catch {
      return false; // gone meanwhile, or the path too long: the walk tells, or opens it step by step
    }
  }

  #known({ tree, meta, files, start, end }: UnchangedTree): KnownTree {
    return { tree, meta, files, offsets: Float64Array.from(this.#offsets.slice(start, end)) };
  }

  /** The listing of a directory that is as remembered and was not held. */
  #asRemembered(path: RelativePath): Compared | undefined {
    const known = this.#index.knownOf(path);
    return known === undefined || this.#same[known.number] !== 1 ? undefined : { listed: rememberedListing(known.record) };
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    const tree = this.#unchangedTree(closed);
    if (tree === undefined) this.#note(closed);
    const parent = this.#open.at(-1);
    if (parent !== undefined) putBelow(parent, closed, tree);
    else if (tree !== undefined) this.#unchanged.set(tree.path, tree);
  }

  #unchangedTree({ directory, start, files, isUnchanged }: OpenDirectory): UnchangedTree | undefined {
    const { known, path } = directory;
    if (!this.#answersTrees || !isUnchanged || known === undefined || !directory.isSame || !canVouch(known.record)) return undefined;
    this.#offsets.push(known.offset);
    const ids = { tree: Uint8Array.from(known.record.tree), meta: Uint8Array.from(known.record.meta) };
    return { path, ...ids, start, end: this.#offsets.length, files: files + filesIn(known.record) };
  }

  #note({ directory, unchanged }: OpenDirectory): void {
    for (const tree of unchanged) this.#unchanged.set(tree.path, tree);
    const { known, entries } = directory;
    const isSame = directory.isSame;
    if (known !== undefined && isSame) this.#same[known.number] = 1;
    if (entries > this.#entriesLeft) return;
    const listed = known !== undefined && isSame ? rememberedListing(known.record) : directory.listed();
    if (listed === undefined) return;
    this.#entriesLeft -= entries;
    this.#held.set(directory.path, { listed, hasSameNames: directory.hasSameNames });
  }
}

function putBelow(parent: OpenDirectory, closed: OpenDirectory, tree: UnchangedTree | undefined): void {
  if (tree === undefined || !parent.directory.hadSame(closed.directory)) parent.isUnchanged = false;
  if (tree === undefined) return;
  parent.unchanged.push(tree);
  parent.files += tree.files;
}

function rememberedListing(record: DirectoryRecord): Listed {
  const { names, stats, self } = record;
  return { listing: { names, stats, self, xattrs: NO_XATTRS }, record };
}
