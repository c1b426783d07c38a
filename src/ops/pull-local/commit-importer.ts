import type { Checksum } from '../../base/checksum.ts';
import { isCoppiceError } from '../../base/errors.ts';
import { readCommit } from '../../format/object/commit.ts';
import type { Commit } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { isPartialCommit } from '../../repo/commit-state.ts';
import { readDetachedMetadata } from '../../repo/detached-metadata.ts';
import { hasObject } from '../../repo/object-reader.ts';
import { readSoundMetadata } from './sound-metadata.ts';
import type { SoundMetadata } from './sound-metadata.ts';
import type { ImportPlaces, TreeImporter } from './tree-importer.ts';

/** Brings commits over, and by `trees` what they lead to; without it commit objects alone. */
export class CommitImporter {
  /** Commits whose objects are all here, or on their way. */
  readonly imported: Checksum[] = [];
  readonly #places: ImportPlaces;
  readonly #trees: TreeImporter | undefined;

  constructor(places: ImportPlaces, trees: TreeImporter | undefined) {
    this.#places = places;
    this.#trees = trees;
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
    const { source, transaction } = this.#places;
    const found = this.#readCommit(checksum, isFirst);
    if (found === undefined) return undefined;
    const { bytes, value: commit } = found;
    const detached = readDetachedMetadata(source, checksum);
    if (detached !== undefined) transaction.writeDetachedMetadata(checksum, detached);
    if (this.#isHere(checksum)) return commit.parent;
    await this.#trees?.importTree(commit);
    transaction.storeCommit(bytes);
    this.imported.push(checksum);
    return commit.parent;
  }

  /** With all that is asked for. */
  #isHere(commit: Checksum): boolean {
    const { repo } = this.#places.context;
    return hasObject(repo, OBJECT_TYPE.commit, commit) && (this.#trees === undefined || !isPartialCommit(repo, commit));
  }

  /** What the source lacks may be here. */
  #readCommit(checksum: Checksum, isFirst: boolean): SoundMetadata<Commit> | undefined {
    const { source, context } = this.#places;
    try {
      return readSoundMetadata(source, OBJECT_TYPE.commit, checksum, readCommit);
    } catch (error) {
      if (!isCoppiceError(error, 'OBJECT_MISSING')) throw error;
      if (this.#isHere(checksum)) return readSoundMetadata(context.repo, OBJECT_TYPE.commit, checksum, readCommit);
      if (!isFirst) return undefined;
      throw error;
    }
  }
}
