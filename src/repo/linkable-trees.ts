import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ChecksumSet, HALF_CHECKSUM_BYTES } from '../base/checksum-set.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { replaceFile } from '../fs/tmp-file.ts';
import { cachePath } from './layout.ts';
import type { Repo } from './repo.ts';

/** The file: these words, the SHA-256 of the rest, how many trees there are (u32), and half of the checksum of each tree and odd object. */
const MAGIC = Buffer.from('coppice linkable trees 1\n');
const DIGEST_BYTES = 32;
const COUNT_BYTES = 4;

/**
 * Which objects of a bare-user-only repository a checkout may link without a look: those of known dirtrees that are not odd,
 * which is to say not regular, empty or not readable for their owner. Their checksums say so for ever, so that whoever has found
 * out once need not look again. It lies in `tmp/cache/coppice-linkable-trees`; damaged or unreadable, nothing is known, and what
 * cannot be written is not remembered.
 */
export class LinkableTrees {
  readonly #path: string;
  readonly #most: number;
  readonly #trees: ChecksumSet;
  readonly #odd: ChecksumSet;
  readonly #read: number;
  /** Odd objects may have been missed: no further tree is known. */
  #isFull: boolean;

  /** Reads what is known of the repository. Of trees and of odd objects `most` are remembered; a file with more stays as it is. */
  static open(repo: Repo, most: number): LinkableTrees {
    const path = `${cachePath(repo.path)}/coppice-linkable-trees`;
    return new LinkableTrees(path, readContent(path), most);
  }

  private constructor(path: string, { trees, odd }: Content, most: number) {
    const fits = Math.max(trees.length, odd.length) <= most * HALF_CHECKSUM_BYTES;
    this.#path = path;
    this.#most = most;
    this.#trees = setOf(fits ? trees : NONE);
    this.#odd = setOf(fits ? odd : NONE);
    this.#read = this.#trees.size;
    this.#isFull = !fits;
  }

  /** Whether all odd objects of the dirtree are known. */
  has(tree: Uint8Array): boolean {
    return this.#trees.has(tree);
  }

  /** Whether an object of a known tree may be linked. */
  canLink(object: Uint8Array): boolean {
    return !this.#odd.has(object);
  }

  /** Adds the object at `offset`: each odd one before its tree. */
  addOdd(objects: Uint8Array, offset: number): void {
    if (this.#odd.size >= this.#most) this.#isFull = true;
    else this.#odd.add(objects, offset);
  }

  add(tree: Uint8Array): void {
    if (!this.#isFull && this.#trees.size < this.#most) this.#trees.add(tree);
  }

  /** Writes what has been learned, whole or not at all. */
  save(): void {
    if (this.#trees.size === this.#read) return;
    const count = Buffer.alloc(COUNT_BYTES);
    count.writeUInt32LE(this.#trees.size);
    const content = Buffer.concat([count, this.#trees.toBytes(), this.#odd.toBytes()]);
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      replaceFile(this.#path, Buffer.concat([MAGIC, digestOf(content), content]), { mode: 0o600, fsync: fsyncPolicy(false) });
    } catch {
      // a read-only or full repository: the next one looks again
    }
  }
}

interface Content {
  readonly trees: Uint8Array;
  readonly odd: Uint8Array;
}

const NONE = new Uint8Array(0);

function setOf({ buffer, byteOffset, length }: Uint8Array): ChecksumSet {
  const halves = new Uint8Array(buffer, byteOffset, length); // no Buffer, for the set is asked for plain arrays: one kind is faster
  const set = new ChecksumSet(halves.length / HALF_CHECKSUM_BYTES, HALF_CHECKSUM_BYTES);
  for (let at = 0; at + HALF_CHECKSUM_BYTES <= halves.length; at += HALF_CHECKSUM_BYTES) set.add(halves, at);
  return set;
}

function digestOf(content: Uint8Array): Uint8Array {
  return createHash('sha256').update(content).digest();
}

function readContent(path: string): Content {
  try {
    const bytes = readFileSync(path);
    const content = bytes.subarray(MAGIC.length + DIGEST_BYTES);
    const digest = bytes.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES);
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || !digest.equals(digestOf(content))) return { trees: NONE, odd: NONE };
    const end = COUNT_BYTES + content.readUInt32LE() * HALF_CHECKSUM_BYTES;
    return { trees: content.subarray(COUNT_BYTES, end), odd: content.subarray(end) };
  } catch {
    return { trees: NONE, odd: NONE };
  }
}
