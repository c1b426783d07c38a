import { checksumFromBytes, CHECKSUM_BYTES } from '../base/checksum.ts';
import { packNames } from '../base/name-list.ts';
import { RECORD_BYTES } from '../engine/engine.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { objectsPath } from './layout.ts';
import { hasObject } from './object-reader.ts';
import type { Repo } from './repo.ts';

const TYPE_AT = CHECKSUM_BYTES;
/** Lists that may be held; with more objects each is looked for by itself, so that memory does not grow with them. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;
/** Questions below one fan-out directory that are cheaper asked one by one than by listing it. */
const FEW = 4;

/**
 * Answers many times over whether a repository, or one of its parents, has a content object. A fan-out directory that is
 * asked about again and again is listed once, so an answer may be as old as this object: for whoever holds the lock.
 */
export class ContentPresence {
  readonly #repo: Repo;
  readonly #lists: (Uint8Array | undefined)[] = [];
  readonly #questions = new Uint32Array(256);
  #heldBytes = 0;

  constructor(repo: Repo) {
    this.#repo = repo;
  }

  has(checksum: Uint8Array): boolean {
    const fanOut = checksum[0] ?? 0;
    const count = (this.#questions[fanOut] ?? 0) + 1;
    this.#questions[fanOut] = count;
    const list = this.#lists[fanOut] ?? (count > FEW ? this.#list(fanOut) : undefined);
    return (list !== undefined && isListed(list, checksum)) || hasObject(this.#repo, OBJECT_TYPE.file, checksumFromBytes(checksum));
  }

  #list(fanOut: number): Uint8Array | undefined {
    if (this.#heldBytes > MAX_HELD_BYTES) return undefined;
    const { records, failures } = this.#repo.engine.list({
      objects: objectsPath(this.#repo.path),
      prefixes: packNames([fanOut.toString(16).padStart(2, '0')]),
      archive: this.#repo.mode === 'archive',
      sizes: false,
    });
    if (failures.length > 0) return undefined; // the question itself will tell what is wrong
    this.#heldBytes += records.length;
    this.#lists[fanOut] = records;
    return records;
  }
}

/** Looks for a content object in sorted records. */
function isListed(records: Uint8Array, checksum: Uint8Array): boolean {
  let [low, high] = [0, records.length / RECORD_BYTES - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(records, middle * RECORD_BYTES, checksum);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** Records are ordered by checksum, then by type; content has the lowest. */
function compareAt(records: Uint8Array, at: number, checksum: Uint8Array): number {
  for (let index = 0; index < CHECKSUM_BYTES; index++) {
    const difference = (records[at + index] ?? 0) - (checksum[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return (records[at + TYPE_AT] ?? 0) - OBJECT_TYPE.file;
}
