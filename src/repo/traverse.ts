import { checksumFromBytes, checksumToBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { isCoppiceError } from '../base/errors.ts';
import type { Commit } from '../format/object/commit.ts';
import type { Dirtree } from '../format/object/dirtree.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { isPartialCommit } from './commit-state.ts';
import { readCommitObject, readDirtreeObject } from './object-reader.ts';
import { ReachableSet } from './reachable-set.ts';
import type { ReachableType } from './reachable-set.ts';
import type { Repo } from './repo.ts';

export interface TraverseOptions {
  /** How many parents are walked too; −1 for all. Default 0: the commit alone. Missing parents end the history. */
  readonly maxDepth?: number | undefined;
  /** Told each object that the set did not have yet; of a dirtree that is before it is read. */
  readonly visit?: ((type: ReachableType, checksum: Uint8Array) => void) | undefined;
  /** Dirtrees and the first commit that are missing are left out instead of OBJECT_MISSING; so is all of a partial commit. */
  readonly tolerant?: boolean | undefined;
}

/**
 * Adds to `reachable` every object that the commit leads to: itself, dirtrees, dirmetas, content.
 *
 * A dirtree in the set is not walked again, so commits that share trees cost once; the set must therefore hold only
 * what earlier walks put there. Memory is the set and the names along one path. Content and dirmetas are not read.
 */
export function traverseCommit(repo: Repo, commit: Checksum, reachable: ReachableSet, options: TraverseOptions = {}): void {
  const walk = new Walk(repo, reachable, options);
  let depth = options.maxDepth ?? 0;
  let next: Checksum | undefined = commit;
  for (let isFirst = true; next !== undefined; isFirst = false) {
    const parent: Checksum | undefined = walk.commit(next, isFirst);
    next = depth === 0 ? undefined : parent;
    depth -= 1;
  }
}

/** The objects that a commit leads to, in a set of their own. */
export function reachableFrom(repo: Repo, commit: Checksum, options: TraverseOptions = {}): ReachableSet {
  const reachable = new ReachableSet();
  traverseCommit(repo, commit, reachable, options);
  return reachable;
}

class Walk {
  readonly #repo: Repo;
  readonly #reachable: ReachableSet;
  readonly #options: TraverseOptions;
  readonly #tolerant: boolean;

  constructor(repo: Repo, reachable: ReachableSet, options: TraverseOptions) {
    this.#repo = repo;
    this.#reachable = reachable;
    this.#options = options;
    this.#tolerant = options.tolerant === true;
  }

  /** Walks the commit's tree; its parent comes back. */
  commit(checksum: Checksum, isFirst: boolean): Checksum | undefined {
    const commit = this.#readCommit(checksum, isFirst);
    if (commit === undefined) return undefined;
    this.#add(OBJECT_TYPE.commit, checksumToBytes(checksum));
    this.#add(OBJECT_TYPE.dirmeta, checksumToBytes(commit.rootMeta));
    const lenient = this.#tolerant || isPartialCommit(this.#repo, checksum);
    this.#tree(checksumToBytes(commit.rootTree), lenient);
    return commit.parent;
  }

  #readCommit(checksum: Checksum, isFirst: boolean): Commit | undefined {
    const optional = this.#tolerant || !isFirst;
    return ignoringMissing(optional, () => readCommitObject(this.#repo, checksum));
  }

  /** Depth first, with a stack of its own: trees may be deeper than JavaScript's. */
  #tree(root: Uint8Array, lenient: boolean): void {
    const pending = [root];
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      if (!this.#add(OBJECT_TYPE.dirtree, tree)) continue;
      const checksum = checksumFromBytes(tree);
      const dirtree = ignoringMissing(lenient, () => readDirtreeObject(this.#repo, checksum));
      if (dirtree !== undefined) this.#entries(dirtree, pending);
    }
  }

  #entries(dirtree: Dirtree, pending: Uint8Array[]): void {
    for (const { checksum } of dirtree.files) this.#add(OBJECT_TYPE.file, checksum);
    for (const { tree, meta } of dirtree.directories.toReversed()) {
      this.#add(OBJECT_TYPE.dirmeta, meta);
      if (!this.#reachable.has(OBJECT_TYPE.dirtree, tree)) pending.push(tree);
    }
  }

  #add(type: ReachableType, checksum: Uint8Array): boolean {
    const isNew = this.#reachable.add(type, checksum);
    if (isNew) this.#options.visit?.(type, checksum);
    return isNew;
  }
}

function ignoringMissing<T>(optional: boolean, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (optional && isCoppiceError(error, 'OBJECT_MISSING')) return undefined;
    throw error;
  }
}
