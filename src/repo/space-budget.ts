import { statfsSync } from 'node:fs';
import type { StatsFs } from 'node:fs';
import { CoppiceError, fromNodeError } from '../base/errors.ts';
import type { MinFreeSpace } from './min-free-space.ts';

/**
 * What a transaction may write before the file system would have less free than `min-free-space-*` asks for.
 *
 * As in libostree it is computed once, at the begin; counts whole blocks; is charged before it is known whether an
 * object exists, and credited afterwards.
 */
export class SpaceBudget {
  readonly #path: string;
  readonly #limit: MinFreeSpace;
  readonly #blockBytes: number;
  #leftBytes: number;

  constructor(path: string, limit: MinFreeSpace) {
    const { bsize, blocks, bfree, bavail } = readStatfs(path);
    const free = process.getuid?.() === 0 ? bfree : bavail;
    const reserved = 'bytes' in limit ? Number(limit.bytes) : Math.floor((blocks * bsize * limit.percent) / 100);
    this.#path = path;
    this.#limit = limit;
    this.#blockBytes = bsize;
    this.#leftBytes = reserved === 0 ? Number.POSITIVE_INFINITY : Math.max(free * bsize - reserved, 0);
  }

  /** Bytes that may still be reserved; infinite without a limit. */
  get leftBytes(): number {
    return this.#leftBytes;
  }

  /** Charges the content of objects about to be written; throws NO_SPACE when the limit forbids it. */
  reserve(bytes: number): void {
    const cost = this.#cost(bytes);
    if (cost > this.#leftBytes) throw this.#exceeded(cost);
    this.#leftBytes -= cost;
  }

  /** Charges what has been written within `leftBytes`. */
  charge(bytes: number): void {
    this.#leftBytes -= bytes;
  }

  /** Credits what was reserved and not written. */
  release(bytes: number): void {
    this.#leftBytes += bytes;
  }

  #cost(bytes: number): number {
    return (Math.floor(bytes / this.#blockBytes) + 1) * this.#blockBytes;
  }

  #exceeded(neededBytes: number): CoppiceError {
    const key = 'bytes' in this.#limit ? 'size' : 'percent';
    const limit = 'bytes' in this.#limit ? `size ${this.#limit.text}` : `percent '${this.#limit.percent}%'`;
    const message = `Writing content object: min-free-space-${limit} would be exceeded, at least ${formatSize(neededBytes)} requested`;
    return new CoppiceError('NO_SPACE', message, {
      facts: { path: this.#path, neededBytes, freeBytes: this.#leftBytes },
      hint: `Free some space, or lower \`core.min-free-space-${key}\` in the repository with \`config set\`.`,
    });
  }
}

function readStatfs(path: string): StatsFs {
  try {
    return statfsSync(path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;
const NO_BREAK_SPACE = '\u00a0';

/** A number of bytes as GLib's g_format_size prints it: powers of 1000, one digit, a no-break space. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? `1${NO_BREAK_SPACE}byte` : `${bytes}${NO_BREAK_SPACE}bytes`;
  const exponent = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${(bytes / 1000 ** exponent).toFixed(1)}${NO_BREAK_SPACE}${UNITS[exponent - 1] ?? ''}`;
}
