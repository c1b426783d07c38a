import { ChecksumSet } from '../../base/checksum-set.ts';
import { checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import type { Commit } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import { ChecksumStack } from '../../repo/checksum-stack.ts';
import { markTrees } from '../../repo/mark-trees.ts';
import type { Marks } from '../../repo/mark-trees.ts';
import type { ObjectTable } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { ReachableType } from '../../repo/reachable-set.ts';

/** Objects and the bytes of their files. */
export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

export interface Holding {
  /** All that the holder leads to. */
  readonly total: Amount;
  /** What no other holder leads to: it would be free without this one. */
  readonly alone: Amount;
}

/** `owner` of an object that several holders lead to. */
const SHARED = -1;
const NOBODY = 0;

interface Sums {
  objects: number;
  bytes: number;
}

/**
 * Who holds what: every holder's objects are walked, an object with one holder belongs to it alone. Needs a table with
 * sizes; takes 25 bytes an object beside it. Objects of parent repositories count for nothing.
 */
export class Holdings implements Marks {
  readonly #context: OperationContext;
  readonly #table: ObjectTable;
  readonly #ignored: number;
  readonly #sizes: Float64Array;
  /** Holder number of each object, NOBODY or SHARED. */
  readonly #owner: Int32Array;
  /** The holder that met the object last. */
  readonly #stamp: Int32Array;
  readonly #totals: Sums[] = [];
  readonly #alone: Sums[] = [];
  #foreign = new ChecksumSet();

  /** Objects with one of the `ignored` flags are left out, with all below them. */
  constructor(context: OperationContext, table: ObjectTable, ignored = 0) {
    this.#context = context;
    this.#table = table;
    this.#ignored = ignored;
    this.#sizes = table.sizesByOrdinal();
    this.#owner = new Int32Array(table.size);
    this.#stamp = new Int32Array(table.size);
  }

  /** Walks what a new holder leads to; a dirtree that is not there is left out. */
  async add(commits: Iterable<readonly [Checksum, Commit]>): Promise<void> {
    this.#totals.push({ objects: 0, bytes: 0 });
    this.#alone.push({ objects: 0, bytes: 0 });
    this.#foreign = new ChecksumSet();
    const roots = new ChecksumStack();
    for (const [checksum, commit] of commits) {
      const bytes = checksumToBytes(checksum);
      this.#meet(OBJECT_TYPE.commit, bytes, 0);
      this.#meet(OBJECT_TYPE.commitmeta, bytes, 0);
      this.mark(OBJECT_TYPE.dirmeta, checksumToBytes(commit.rootMeta), 0);
      const root = checksumToBytes(commit.rootTree);
      if (this.mark(OBJECT_TYPE.dirtree, root, 0)) roots.push(root);
    }
    await markTrees(this.#context, roots, this, { lenient: true });
  }

  mark(type: ReachableType, checksum: Uint8Array, offset: number): boolean {
    const met = this.#meet(type, checksum, offset);
    if (met !== undefined) return met;
    return type === OBJECT_TYPE.dirtree && this.#foreign.add(checksum, offset);
  }

  /** What each holder has, in the order they were added. */
  holdings(): Holding[] {
    return this.#totals.map((total, index) => ({ total: { ...total }, alone: { ...(this.#alone[index] ?? { objects: 0, bytes: 0 }) } }));
  }

  /** Objects that several holders lead to. */
  shared(): Amount {
    return this.#sum(SHARED);
  }

  /** Objects of the table, the ignored ones apart, that nobody leads to. */
  unheld(): Amount {
    return this.#sum(NOBODY);
  }

  #sum(owner: number): Amount {
    const sums = { objects: 0, bytes: 0 };
    for (const { ordinal, flags } of this.#table.entries()) {
      if (this.#owner[ordinal] === owner && (flags & this.#ignored) === 0) add(sums, this.#sizes[ordinal] ?? 0, 1);
    }
    return sums;
  }

  /** True for an object that this holder has not met; undefined for one that is not in the table. */
  #meet(type: ObjectType, checksum: Uint8Array, offset: number): boolean | undefined {
    const ordinal = this.#table.find(type, checksum, offset);
    if (ordinal < 0) return undefined;
    if (this.#ignored !== 0 && this.#table.hasFlag(this.#ignored, type, checksum, offset)) return false;
    const holder = this.#totals.length;
    if (this.#stamp[ordinal] === holder) return false;
    this.#stamp[ordinal] = holder;
    this.#count(ordinal, holder);
    return true;
  }

  #count(ordinal: number, holder: number): void {
    const size = this.#sizes[ordinal] ?? 0;
    const owner = this.#owner[ordinal] ?? NOBODY;
    add(this.#totals[holder - 1], size, 1);
    if (owner === NOBODY) add(this.#alone[holder - 1], size, 1);
    else if (owner !== SHARED) add(this.#alone[owner - 1], size, -1);
    this.#owner[ordinal] = owner === NOBODY ? holder : SHARED;
  }
}

function add(sums: Sums | undefined, bytes: number, sign: 1 | -1): void {
  if (sums === undefined) return;
  sums.objects += sign;
  sums.bytes += sign * bytes;
}
