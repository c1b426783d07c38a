/**
 * How much may be held at once. One value is made at the start from `--max-memory` and goes to the pool, the engine and
 * the workers; whoever collects, buffers or remembers asks it instead of having a number of his own.
 */
export interface MemoryBudget {
  /** Files in one batch. */
  readonly batchFiles: number;
  /** Bytes that the files of one batch have together, as the walk saw them; a batch of one file may have more. */
  readonly batchBytes: number;
  /** Batches in flight for each thread. */
  readonly batchesPerThread: number;
  /** Files up to this size are compressed and inflated in one piece, larger ones in a stream. */
  readonly wholeFileBytes: number;
  /** Dead objects and buffers that may pile up on the main thread before they are collected. */
  readonly garbageBytes: number;
  /** As much where the engine is JavaScript: V8 forgets machine code with each collection and has to make it anew. */
  readonly scriptGarbageBytes: number;
  /** Checksums that a walk remembers so as not to do an object twice; a larger set is walked in parts or forgotten. */
  readonly checksums: number;
  /** The same where half of each is enough. */
  readonly halfChecksums: number;
  /** Bounds of the JavaScript heap of a worker. */
  readonly workerHeapMegabytes: number;
  /** Bound of the part of a heap in which new objects are made: the addon needs few. */
  readonly youngMegabytes: number;
  /** As much where the engine is JavaScript: the larger it is, the fewer of them are copied because they still live. */
  readonly scriptYoungMegabytes: number;
  /** Whether there is room for machine code of JavaScript where an addon does the work: some 4 MB. */
  readonly compilesCode: boolean;
}

const MEBIBYTE = 1024 * 1024;

/** What node takes with nothing in it; most of it is its program. */
const NODE_BYTES = 40 * MEBIBYTE;
/** Less than this beside node cannot be kept; a smaller budget counts as this one. */
const LEAST_SPARE_BYTES = 16 * MEBIBYTE;
const AMPLE_BYTES = 512 * MEBIBYTE;

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(Math.floor(value), least), most);
}

/**
 * Shares `maxBytes` of a whole process among what it holds; every bound grows with it, up to where more gains nothing (by
 * bench `commit`). `threads` counts those that work on files; 0 is the calling one alone.
 */
export function memoryBudget(maxBytes: number = AMPLE_BYTES, threads = 1): MemoryBudget {
  const spare = Math.max(maxBytes - NODE_BYTES, LEAST_SPARE_BYTES);
  const share = spare / Math.max(threads, 1);
  return {
    batchFiles: clamp(share / (128 * 1024), 64, 512),
    batchBytes: clamp(share / 4, MEBIBYTE, 16 * MEBIBYTE),
    batchesPerThread: clamp(share / (8 * MEBIBYTE), 2, 4),
    wholeFileBytes: clamp(share / 12, MEBIBYTE / 4, 16 * MEBIBYTE),
    garbageBytes: clamp(spare / 12, 2 * MEBIBYTE, 8 * MEBIBYTE),
    scriptGarbageBytes: clamp(spare / 12, 2 * MEBIBYTE, 32 * MEBIBYTE),
    checksums: clamp(spare / 280, 45_000, 180_000),
    halfChecksums: clamp(spare / 112, 90_000, 225_000),
    workerHeapMegabytes: clamp(share / (2 * MEBIBYTE), 24, 64),
    youngMegabytes: spare < 64 * MEBIBYTE ? 1 : 2,
    scriptYoungMegabytes: spare < 64 * MEBIBYTE ? 1 : 16,
    compilesCode: spare >= 48 * MEBIBYTE,
  };
}

/** For whoever was told of no bound. */
export const AMPLE_MEMORY: MemoryBudget = memoryBudget();
