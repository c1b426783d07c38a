import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { IngestedDirectory } from '../../engine/engine.ts';
import { writeDirtree } from '../../format/object/dirtree.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import { recordOfRows } from './observation.ts';
import { statField } from './plan-directory.ts';

/** Where a directory was found. */
export interface FoundPlace {
  readonly parent: FoundDirectory | undefined;
  /** Its row in the parent. */
  readonly row: number;
  readonly path: RelativePath;
}

/** A directory whose files an engine stores as it lists them; its dirtree waits for the rest of them and for subdirectories. */
export class FoundDirectory {
  readonly place: FoundPlace;
  readonly names: readonly string[];
  readonly listing: IngestedDirectory;
  /** Checksum of the dirmeta. */
  readonly meta: Uint8Array;
  readonly #metas = new Map<number, Uint8Array>();
  #missing: number;

  constructor(place: FoundPlace, listing: IngestedDirectory, meta: Uint8Array) {
    this.place = place;
    this.names = unpackNames(listing.names);
    this.listing = listing;
    this.meta = meta;
    this.#missing = this.names.length;
  }

  isDirectory(row: number): boolean {
    return isDirectory(statField(this.listing.stats, row, 'mode'));
  }

  /** Rows from `start` on that a later call has found. */
  add(start: number, { done, stats, checksums }: IngestedDirectory): void {
    this.listing.stats.set(stats.subarray(0, done * STAT_FIELDS), start * STAT_FIELDS);
    this.listing.checksums.set(checksums.subarray(0, done * CHECKSUM_BYTES), start * CHECKSUM_BYTES);
  }

  /** So many files are there; true when nothing is missing any more. */
  settle(files: number): boolean {
    this.#missing -= files;
    return this.#missing === 0;
  }

  /** `child` is the directory of that row; true when this was the last thing missing. */
  setDirectory(row: number, child: FoundDirectory, tree: Uint8Array): boolean {
    this.listing.stats.set(child.listing.self, row * STAT_FIELDS);
    this.listing.checksums.set(tree, row * CHECKSUM_BYTES);
    this.#metas.set(row, child.meta);
    return this.settle(1);
  }

  /** The dirtree object; only when nothing is missing. */
  serialize(): Uint8Array {
    const files: { name: string; checksum: Uint8Array }[] = [];
    const directories: { name: string; tree: Uint8Array; meta: Uint8Array }[] = [];
    for (const [row, name] of this.names.entries()) {
      const checksum = this.#checksum(row);
      if (this.isDirectory(row)) directories.push({ name, tree: checksum, meta: this.#metaOf(row) });
      else files.push({ name, checksum });
    }
    return writeDirtree(files, directories);
  }

  /** What the stat index shall remember; files on devices for which `trusts` is false are left out. It is told one entry there. */
  record(tree: Uint8Array, listedAtMilliseconds: number, trusts: (device: number, name: string) => boolean): DirectoryRecord {
    const untrusted = this.#untrustedFiles(trusts);
    const checksums = untrusted.length === 0 ? this.listing.checksums : this.listing.checksums.slice();
    for (const row of untrusted) checksums.fill(0, row * CHECKSUM_BYTES, (row + 1) * CHECKSUM_BYTES);
    const rows = [...this.#metas.keys()].toSorted((a, b) => a - b);
    const metas = new Uint8Array(rows.length * CHECKSUM_BYTES);
    for (const [index, row] of rows.entries()) metas.set(this.#metaOf(row), index * CHECKSUM_BYTES);
    return recordOfRows(this.listing, listedAtMilliseconds, { checksums, metas, own: { tree, meta: this.meta }, isSettled: untrusted.length === 0 });
  }

  #untrustedFiles(trusts: (device: number, name: string) => boolean): readonly number[] {
    const { stats } = this.listing;
    const untrusted: number[] = [];
    let [device, isTrusted] = [-1, true];
    for (let row = 0; row < this.names.length; row++) {
      const at = row * STAT_FIELDS;
      if (isDirectory(stats[at + STAT.mode] ?? 0)) continue;
      const here = stats[at + STAT.device] ?? 0;
      if (here !== device) [device, isTrusted] = [here, trusts(here, this.names[row] ?? '')];
      if (!isTrusted) untrusted.push(row);
    }
    return untrusted;
  }

  /** A plain array costs less than the Buffer that `subarray` may make. */
  #checksum(row: number): Uint8Array {
    const { buffer, byteOffset } = this.listing.checksums;
    return new Uint8Array(buffer, byteOffset + row * CHECKSUM_BYTES, CHECKSUM_BYTES);
  }

  #metaOf(row: number): Uint8Array {
    const meta = this.#metas.get(row);
    if (meta === undefined) throw new CoppiceError('INTERNAL', `directory "${this.names[row]}" has no checksum yet`);
    return meta;
  }
}
