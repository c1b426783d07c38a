import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { ChecksumSet } from '../../base/checksum-set.ts';
import { isCoppiceError } from '../../base/errors.ts';
import { readCommit } from '../../format/object/commit.ts';
import type { Commit } from '../../format/object/commit.ts';
import { readDirmeta } from '../../format/object/dirmeta.ts';
import { readDirtree } from '../../format/object/dirtree.ts';
import type { Dirtree } from '../../format/object/dirtree.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import { isPartialCommit } from '../../repo/commit-state.ts';
import { readDetachedMetadata } from '../../repo/detached-metadata.ts';
import { findMetadata } from '../../repo/metadata-reader.ts';
import { corruptObject, hasObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import type { Transaction } from '../../repo/transaction.ts';
import type { ImportQueue } from './import-queue.ts';

/** Dirtrees between two rests in which the pool's answers are heard. */
const DIRTREES_PER_TURN = 64;

export interface ImportPlaces {
  readonly repo: Repo;
  readonly source: Repo;
  readonly transaction: Transaction;
  readonly queue: ImportQueue;
  /** False takes commit objects alone. */
  readonly withTrees: boolean;
}

/**
 * Brings commits over: metadata is read, checked against its name and written here; content goes to the queue.
 * Memory is one checksum for each object, and the names along one path.
 */
export class CommitImporter {
  /** Commits whose objects are all here, or on their way. */
  readonly imported: Checksum[] = [];
  readonly #places: ImportPlaces;
  readonly #dirtrees = new ChecksumSet();
  readonly #dirmetas = new ChecksumSet();
  #dirtreesRead = 0;

  constructor(places: ImportPlaces) {
    this.#places = places;
  }

  /** The commit and `depth` parents, −1 for all; a parent that the source lacks ends the history. */
  async importHistory(commit: Checksum, depth: number): Promise<void> {
    let left = depth;
    let next: Checksum | undefined = commit;
    for (let isFirst = true; next !== undefined; isFirst = false) {
      const parent = await this.#importCommit(next, isFirst);
      next = left === 0 ? undefined : parent;
      left -= 1;
    }
  }

  /** Resolves to the parent. */
  async #importCommit(checksum: Checksum, isFirst: boolean): Promise<Checksum | undefined> {
    const { repo, source, transaction, withTrees } = this.#places;
    const bytes = this.#commitBytes(checksum, isFirst);
    if (bytes === undefined) return undefined;
    const commit = this.#parse(OBJECT_TYPE.commit, checksum, bytes, readCommit);
    const detached = readDetachedMetadata(source, checksum);
    if (detached !== undefined) transaction.writeDetachedMetadata(checksum, detached);
    if (hasObject(repo, OBJECT_TYPE.commit, checksum) && (!withTrees || !isPartialCommit(repo, checksum))) return commit.parent;
    if (withTrees) await this.#importTree(commit);
    transaction.storeCommit(bytes);
    this.imported.push(checksum);
    return commit.parent;
  }

  #commitBytes(checksum: Checksum, isFirst: boolean): Uint8Array | undefined {
    try {
      return this.#read(OBJECT_TYPE.commit, checksum);
    } catch (error) {
      if (!isFirst && isCoppiceError(error, 'OBJECT_MISSING')) return undefined;
      throw error;
    }
  }

  async #importTree({ rootTree, rootMeta }: Commit): Promise<void> {
    this.#importDirmeta(checksumToBytes(rootMeta));
    const pending = [checksumToBytes(rootTree)];
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      if (!this.#dirtrees.add(tree)) continue;
      const dirtree = this.#importDirtree(checksumFromBytes(tree));
      for (const { checksum } of dirtree.files) await this.#places.queue.add(checksum);
      for (const directory of dirtree.directories.toReversed()) {
        this.#importDirmeta(directory.meta);
        pending.push(directory.tree);
      }
      this.#dirtreesRead += 1;
      await this.#places.transaction.drain();
      if (this.#dirtreesRead % DIRTREES_PER_TURN === 0) await eventLoopTurn();
    }
  }

  #importDirtree(checksum: Checksum): Dirtree {
    const bytes = this.#read(OBJECT_TYPE.dirtree, checksum);
    const dirtree = this.#parse(OBJECT_TYPE.dirtree, checksum, bytes, readDirtree);
    this.#places.transaction.storeMetadata(OBJECT_TYPE.dirtree, bytes);
    return dirtree;
  }

  #importDirmeta(meta: Uint8Array): void {
    if (!this.#dirmetas.add(meta)) return;
    const checksum = checksumFromBytes(meta);
    const bytes = this.#read(OBJECT_TYPE.dirmeta, checksum);
    this.#parse(OBJECT_TYPE.dirmeta, checksum, bytes, readDirmeta);
    this.#places.transaction.storeMetadata(OBJECT_TYPE.dirmeta, bytes);
  }

  /** The bytes of a metadata object; OBJECT_CORRUPT when they do not give its name. */
  #read(type: ObjectType, checksum: Checksum): Uint8Array {
    const { source, repo } = this.#places;
    const { bytes, path } = findMetadata(source, type, checksum);
    const actual = checksumFromBytes(repo.engine.digest(source.algorithm, bytes));
    if (actual !== checksum) throw corruptObject(type, checksum, { path, cause: `it has checksum ${actual}` });
    return bytes;
  }

  #parse<T>(type: ObjectType, checksum: Checksum, bytes: Uint8Array, parse: (bytes: Uint8Array) => T): T {
    try {
      return parse(bytes);
    } catch (cause) {
      throw isCoppiceError(cause) ? corruptObject(type, checksum, { path: this.#places.source.path, cause }) : cause;
    }
  }
}
