import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import { writeDirtree } from '../../format/object/dirtree.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { DirectoryPlan } from './layer.ts';
import { filesOf, hadDirectory, recordOf } from './observation.ts';
import type { Observation } from './observation.ts';

/** Where a finished directory reports its two checksums. */
export interface DirectoryIds {
  readonly tree: Uint8Array;
  readonly meta: Uint8Array;
}

/** Where a directory stands in the new tree. */
export interface NodePlace {
  readonly parent: DirectoryNode | undefined;
  readonly index: number;
  readonly path: RelativePath;
}

/**
 * A directory whose dirtree waits for the checksums of its files and subdirectories.
 *
 * It counts what is missing; the walk itself counts as one, so that a directory cannot finish while names are added.
 * One that the stat index knows to be unchanged waits for its subdirectories only.
 */
export class DirectoryNode {
  readonly parent: DirectoryNode | undefined;
  readonly path: RelativePath;
  /** Checksum of the dirmeta. */
  readonly meta: Uint8Array;
  readonly #indexInParent: number;
  readonly #fileNames: readonly string[];
  readonly #fileChecksums: Uint8Array;
  readonly #directoryNames: readonly string[];
  readonly #directoryIds: (DirectoryIds | undefined)[];
  readonly #observation: Observation | undefined;
  readonly #unchanged: DirectoryRecord | undefined;
  readonly #claim: DirectoryRecord | undefined;
  readonly #unsettled: number[] = [];
  #hasLie = false;
  #missing: number;

  constructor(place: NodePlace, plan: DirectoryPlan, meta: Uint8Array) {
    this.parent = place.parent;
    this.path = place.path;
    this.meta = meta;
    this.#indexInParent = place.index;
    this.#fileNames = plan.files.map(({ name }) => name);
    this.#fileChecksums = new Uint8Array(plan.files.length * CHECKSUM_BYTES);
    this.#directoryNames = plan.directories.map(({ name }) => name);
    this.#directoryIds = plan.directories.map(() => undefined);
    this.#observation = plan.observation;
    this.#unchanged = plan.unchanged;
    this.#claim = plan.claim;
    this.#missing = plan.files.length + plan.directories.length + 1;
  }

  /**
   * True when this was the last thing missing. The stat index shall not remember a file that is not settled: its content
   * may be another than the walk saw, or change unseen.
   */
  setFile(index: number, checksum: Uint8Array, isSettled: boolean): boolean {
    this.#fileChecksums.set(checksum, index * CHECKSUM_BYTES);
    if (!isSettled) this.#unsettled.push(index);
    return this.#settle();
  }

  setDirectory(index: number, ids: DirectoryIds): boolean {
    this.#directoryIds[index] = ids;
    return this.#settle();
  }

  /** The walk has named everything. */
  endWalk(): boolean {
    return this.#settle();
  }

  /** Hands the ids to the parent; true when the parent is complete with them. */
  reportTo(parent: DirectoryNode, ids: DirectoryIds): boolean {
    return parent.setDirectory(this.#indexInParent, ids);
  }

  /** The ids that the stat index remembers, where nothing here or below has changed. */
  unchangedIds(): DirectoryIds | undefined {
    return this.#idsIn(this.#unchanged);
  }

  /** A file in it has another checksum than the stat index says. */
  noteLie(): void {
    this.#hasLie = true;
  }

  get hasLie(): boolean {
    return this.#hasLie;
  }

  nameOf(file: number): string {
    return this.#fileNames[file] ?? '';
  }

  /** The ids that the stat index would have given, where that is to be verified. */
  claimedIds(): DirectoryIds | undefined {
    return this.#idsIn(this.#claim);
  }

  #idsIn(record: DirectoryRecord | undefined): DirectoryIds | undefined {
    if (record === undefined || !this.#hasSameDirectories(record)) return undefined;
    return { tree: record.tree, meta: record.meta };
  }

  /** The dirtree object; only when nothing is missing. */
  serialize(): Uint8Array {
    const { names, checksums } = this.#files();
    const files = names.map((name, index) => ({
      name,
      checksum: checksums.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES),
    }));
    const directories = this.#directoryNames.map((name, index) => ({ name, ...this.#idsOf(index) }));
    return writeDirtree(files, directories);
  }

  /** What the stat index shall remember of the complete directory, whose dirtree is `tree`. */
  record(tree: Uint8Array): DirectoryRecord | undefined {
    const directories = this.#directoryNames.map((_, index) => this.#idsOf(index));
    const own = { tree, meta: this.meta };
    if (this.#unchanged !== undefined) return withDirectories(this.#unchanged, this.#directoryRows(this.#unchanged), { directories, own });
    if (this.#observation === undefined) return undefined;
    return recordOf(this.#observation, { files: this.#fileChecksums, unsettled: this.#unsettled, directories, own });
  }

  #files(): { readonly names: readonly string[]; readonly checksums: Uint8Array } {
    if (this.#unchanged !== undefined) return filesOf(this.#unchanged);
    return { names: this.#fileNames, checksums: this.#fileChecksums };
  }

  #hasSameDirectories(record: DirectoryRecord): boolean {
    if (this.#directoryNames.length === 0) return true;
    return this.#directoryRows(record).every((row, index) => hadDirectory(record, row, index, this.#idsOf(index)));
  }

  /** Rows of the subdirectories in the record, which has the same names: both are sorted. */
  #directoryRows(record: DirectoryRecord): number[] {
    const rows: number[] = [];
    for (let row = 0; row * STAT_FIELDS < record.stats.length; row++) {
      if (isDirectory(record.stats[row * STAT_FIELDS + STAT.mode] ?? 0)) rows.push(row);
    }
    return rows;
  }

  #idsOf(index: number): DirectoryIds {
    const ids = this.#directoryIds[index];
    if (ids === undefined) throw new CoppiceError('INTERNAL', `directory "${this.#directoryNames[index]}" has no checksum yet`);
    return ids;
  }

  #settle(): boolean {
    this.#missing -= 1;
    return this.#missing === 0;
  }
}

/** The record with other checksums of subdirectories. */
function withDirectories(
  record: DirectoryRecord,
  rows: readonly number[],
  { directories, own }: { readonly directories: readonly DirectoryIds[]; readonly own: DirectoryIds },
): DirectoryRecord {
  const [checksums, metas] = [Uint8Array.from(record.checksums), Uint8Array.from(record.metas)];
  for (const [index, { tree, meta }] of directories.entries()) {
    checksums.set(tree, (rows[index] ?? 0) * CHECKSUM_BYTES);
    metas.set(meta, index * CHECKSUM_BYTES);
  }
  return { ...record, checksums, metas, ...own };
}
