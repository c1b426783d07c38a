import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { clockMilliseconds } from '../base/clock.ts';
import type { MemoryBudget } from '../base/memory-budget.ts';

/** So short a run cannot let much pile up, and does without node:v8, which takes 2 ms to load. */
const SHORT_MILLISECONDS = 200;

const NO_YOUNG_GROWTH = '--semi-space-growth-factor=1';

/**
 * Collects dead objects of the main thread before they pile up. V8 by itself lets a heap grow by hundreds of megabytes
 * before it looks at what got old, and does not count what hangs on the small objects that wrap the addon's buffers.
 */
export class HeapKeeper {
  readonly #garbageBytes: number;
  readonly #youngBytes: number;
  #mayGrow = true;
  #collect: (() => void) | undefined;
  #keptBytes: number | undefined;

  constructor({ garbageBytes, youngMegabytes }: Pick<MemoryBudget, 'garbageBytes' | 'youngMegabytes'>) {
    this.#garbageBytes = garbageBytes;
    this.#youngBytes = youngMegabytes * 1024 * 1024;
  }

  /** Looks, and collects where it is time; some microseconds where it is not. */
  check(): void {
    if (clockMilliseconds() < SHORT_MILLISECONDS) return;
    if (this.#mayGrow) this.#boundYoung();
    this.#keptBytes ??= heldBytes();
    if (heldBytes() - this.#keptBytes < Math.max(this.#garbageBytes, this.#keptBytes / 8)) return;
    this.#collect ??= garbageCollector();
    this.#collect();
    this.#keptBytes = undefined; // what hangs on dead objects is freed, and no longer counted, when the event loop has turned
  }

  /** A heap that is there can no longer be given a size for its young part, but that can be kept from growing further. */
  #boundYoung(): void {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if (young === undefined || young.space_size < this.#youngBytes) return;
    setFlagsFromString(NO_YOUNG_GROWTH);
    this.#mayGrow = false;
  }
}

/** Has JavaScript interpreted from now on, and its young part stay as it is: no slower where little time is spent in it. */
export function staySmall(): void {
  setFlagsFromString('--no-opt');
  setFlagsFromString(NO_YOUNG_GROWTH);
}

function heldBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** V8's own function; node hands it out only to programs started with a flag, and to new contexts. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? () => void Reflect.apply(collect, undefined, []) : () => undefined;
}
