import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { ChecksumSet } from '../../base/checksum-set.ts';
import type { Commit } from '../../format/object/commit.ts';
import { readDirmeta } from '../../format/object/dirmeta.ts';
import { readDirtree } from '../../format/object/dirtree.ts';
import type { Dirtree } from '../../format/object/dirtree.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { ImportQueue } from './import-queue.ts';
import { readSoundMetadata } from './sound-metadata.ts';
import type { ImportPlaces, ImportTally, TreeImporter } from './tree-importer.ts';

/** Dirtrees between two rests in which the pool's answers are heard. */
const DIRTREES_PER_TURN = 64;

/**
 * Walks trees: metadata is read, checked against its name and written here; content goes to the queue.
 * Memory is one checksum for each object, and the names along one path.
 */
export class TreeWalk implements TreeImporter {
  readonly #places: ImportPlaces;
  readonly #queue: ImportQueue;
  readonly #dirtrees = new ChecksumSet();
  readonly #dirmetas = new ChecksumSet();
  #dirtreesRead = 0;

  constructor(places: ImportPlaces) {
    this.#places = places;
    this.#queue = new ImportQueue(places.context, places.settings);
  }

  get tally(): ImportTally {
    return this.#queue.tally;
  }

  async importTree({ rootTree, rootMeta }: Pick<Commit, 'rootTree' | 'rootMeta'>): Promise<void> {
    this.#importDirmeta(checksumToBytes(rootMeta));
    const pending = [checksumToBytes(rootTree)];
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      if (!this.#dirtrees.add(tree)) continue;
      const dirtree = this.#importDirtree(checksumFromBytes(tree));
      for (const { checksum } of dirtree.files) await this.#queue.add(checksum);
      for (const directory of dirtree.directories.toReversed()) {
        this.#importDirmeta(directory.meta);
        pending.push(directory.tree);
      }
      this.#dirtreesRead += 1;
      await this.#places.transaction.drain();
      if (this.#dirtreesRead % DIRTREES_PER_TURN === 0) await eventLoopTurn();
    }
  }

  drain(): Promise<void> {
    return this.#queue.drain();
  }

  abandon(reason: unknown): Promise<void> {
    return this.#queue.abandon(reason);
  }

  #importDirtree(checksum: Checksum): Dirtree {
    const { bytes, value } = readSoundMetadata(this.#places.source, OBJECT_TYPE.dirtree, checksum, readDirtree);
    this.#places.transaction.storeMetadata(OBJECT_TYPE.dirtree, bytes);
    return value;
  }

  #importDirmeta(meta: Uint8Array): void {
    if (!this.#dirmetas.add(meta)) return;
    const { bytes } = readSoundMetadata(this.#places.source, OBJECT_TYPE.dirmeta, checksumFromBytes(meta), readDirmeta);
    this.#places.transaction.storeMetadata(OBJECT_TYPE.dirmeta, bytes);
  }
}
