import { joinRelative } from '../../base/relative-path.ts';
import type { MemoryBudget } from '../../base/memory-budget.ts';
import { packNames } from '../../base/name-list.ts';
import { STAT, STAT_FIELDS, WITNESS } from '../../engine/engine.ts';
import type { IngestBatch, IngestResult, StoreTarget } from '../../engine/engine.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { FileEntry } from './layer.ts';

const WITNESS_COLUMNS = WITNESS.map((field) => STAT[field]);

export type IngestEntry = Extract<FileEntry, { kind: 'ingest' }>;

/** Where the file lies on disk. */
export function sourcePath({ from, name }: IngestEntry): string {
  return `${from.root}/${joinRelative(from.path, name)}`;
}

export interface IngestSettings {
  readonly target: StoreTarget;
  readonly xattrs: IngestBatch['xattrs'];
  readonly consume: boolean;
}

/** Where the checksum of a file of the batch belongs. */
export interface Slot {
  readonly node: DirectoryNode;
  readonly index: number;
  /** What the stat index says of the file, where that is to be verified. */
  readonly claim?: Uint8Array | undefined;
}

/** A batch ready to be sent, with what main must remember of it. */
export interface ReadyBatch {
  readonly input: IngestBatch;
  readonly slots: readonly Slot[];
  readonly bytes: number;
}

/** A batch has so many files at least, where there are, and a quarter of those before it at most. */
const FEWEST_FILES = 64;
const BATCHES_TO_GROW = 4;

/** Collects files of one source root until a batch is worth a thread hop. */
export class IngestBatcher {
  readonly #settings: IngestSettings;
  readonly #budget: MemoryBudget;
  #root = '';
  #directories: string[] = [];
  #entries: IngestEntry[] = [];
  #directoryIndex: number[] = [];
  #slots: Slot[] = [];
  #bytes = 0;
  /** Files in earlier batches. */
  #taken = 0;

  constructor(settings: IngestSettings, budget: MemoryBudget) {
    this.#settings = settings;
    this.#budget = budget;
  }

  /** Adds a file; returns the batch that is full now, if one is. */
  add(entry: IngestEntry, slot: Slot): ReadyBatch | undefined {
    const other = this.#entries.length > 0 && this.#root !== entry.from.root ? this.take() : undefined;
    this.#root = entry.from.root;
    if (this.#directories.at(-1) !== entry.from.path) this.#directories.push(entry.from.path);
    this.#directoryIndex.push(this.#directories.length - 1);
    this.#entries.push(entry);
    this.#slots.push(slot);
    this.#bytes += entry.sizeBytes;
    if (other !== undefined) return other;
    return this.#entries.length >= this.#mostFiles() || this.#bytes >= this.#budget.batchBytes ? this.take() : undefined;
  }

  /** Where little is to be read all threads shall have some of it, and none have much when the walk ends. */
  #mostFiles(): number {
    return Math.min(Math.max(FEWEST_FILES, this.#taken / BATCHES_TO_GROW), this.#budget.batchFiles);
  }

  /** Whatever has been collected, or undefined when that is nothing. */
  take(): ReadyBatch | undefined {
    if (this.#entries.length === 0) return undefined;
    const ready = { input: this.#pack(), slots: this.#slots, bytes: this.#bytes };
    this.#taken += this.#entries.length;
    this.#directories = [];
    this.#entries = [];
    this.#directoryIndex = [];
    this.#slots = [];
    this.#bytes = 0;
    return ready;
  }

  #pack(): IngestBatch {
    const entries = this.#entries;
    return {
      root: this.#root,
      directories: packNames(this.#directories),
      directoryIndex: Uint32Array.from(this.#directoryIndex),
      names: packNames(entries.map((entry) => entry.name)),
      attributes: packAttributes(entries),
      sizes: Float64Array.from(entries, (entry) => entry.sizeBytes),
      action: 'store',
      witnesses: packWitnesses(entries),
      ...packAddedXattrs(entries),
      ...this.#settings,
      consume: this.#settings.consume || entries.every(({ temporary }) => temporary === true),
    };
  }
}

/** Three numbers a file; plain loops here and below, for they run over every file of a commit. */
function packAttributes(entries: readonly IngestEntry[]): Uint32Array {
  const packed = new Uint32Array(entries.length * 3);
  let at = 0;
  for (const { uid, gid, mode } of entries) {
    packed[at] = uid;
    packed[at + 1] = gid;
    packed[at + 2] = mode;
    at += 3;
  }
  return packed;
}

/** Nothing where no file gets any. */
function packAddedXattrs(entries: readonly IngestEntry[]): Pick<IngestBatch, 'addedXattrs' | 'addedXattrEnds'> {
  if (entries.every(({ addedXattrs }) => addedXattrs.length === 0)) return {};
  let end = 0;
  return {
    addedXattrs: Buffer.concat(entries.map(({ addedXattrs }) => addedXattrs)),
    addedXattrEnds: Uint32Array.from(entries, ({ addedXattrs }) => (end += addedXattrs.length)),
  };
}

/** A file without a witness gets one that nothing equals. */
function packWitnesses(entries: readonly IngestEntry[]): Float64Array | undefined {
  if (entries.every(({ witness }) => witness === undefined)) return undefined;
  const packed = new Float64Array(entries.length * WITNESS.length).fill(Number.NaN);
  let at = 0;
  for (const { witness, row } of entries) {
    if (witness !== undefined) copyWitness(witness, row * STAT_FIELDS, packed, at);
    at += WITNESS.length;
  }
  return packed;
}

function copyWitness(stats: Float64Array, from: number, packed: Float64Array, at: number): void {
  for (let position = 0; position < WITNESS_COLUMNS.length; position++) {
    packed[at + position] = stats[from + (WITNESS_COLUMNS[position] ?? 0)] ?? 0;
  }
}

/** The checksum of file `index` of a result. */
export function resultChecksum(result: IngestResult, index: number): Uint8Array {
  return result.checksums.subarray(index * 32, index * 32 + 32);
}
