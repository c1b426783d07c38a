import { CoppiceError } from '../base/errors.ts';
import { AMPLE_MEMORY } from '../base/memory-budget.ts';
import type { MemoryBudget } from '../base/memory-budget.ts';
import { STAT_FIELDS } from './engine.ts';
import type { Capabilities, DirectoryListing, Engine, LockHandle, ScanResult } from './engine.ts';
import { loadNativeBinding, rebuildError, wordFailures } from './native-binding.ts';
import type { FlatScan, NativeBinding } from './native-binding.ts';

/** Everything that needs a system call. */
const CAPABILITIES: Capabilities = {
  xattrs: true,
  recordLocks: true,
  deviceNodes: true,
  syncfs: true,
  reflink: true,
};

/**
 * The engine that does whole batches in Rust: one call across the boundary for hundreds of files, and the system calls
 * that node has no name for. `base` gives the kernels that are no faster there. While fewer than `threads` batches run in
 * the process, a huge file takes the idle threads too. CAPABILITY_MISSING when the addon of `assetDirectory` cannot be
 * loaded.
 */
/** What of its surroundings the native engine has to know. */
export interface NativeEngineOptions {
  /** Bounds its buffers. */
  readonly budget?: MemoryBudget | undefined;
  /** Threads of the whole process that may be at work: idle ones help with a huge file. */
  readonly threads?: number | undefined;
}

export function createNativeEngine(
  base: Engine,
  assetDirectory: string,
  { budget: { wholeFileBytes } = AMPLE_MEMORY, threads = 1 }: NativeEngineOptions = {},
): Engine {
  const binding = loadNativeBinding(assetDirectory);
  binding.limitMemory(wholeFileBytes);
  const { ingestDirectories: _byIngestTree, ...inherited } = base;
  return {
    ...inherited,
    name: 'native',
    capabilities: CAPABILITIES,
    ...kernels(base, binding),
    ...storeBatches(binding, threads),
    ...checkoutBatches(binding),
    ...sweepBatches(binding, threads),
    ...systemCalls(binding),
    ...locks(binding),
  };
}

/** Calls into the addon, rebuilding what it throws. */
function calling<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw rebuildError(error);
  }
}

function worded<Result extends Pick<ScanResult, 'failures'>>(result: Result): Result {
  return result.failures.length === 0 ? result : { ...result, failures: wordFailures(result.failures) };
}

type Kernels = Pick<Engine, 'digest' | 'digestMany' | 'deflateRaw' | 'inflateRaw' | 'chunkEnds'>;

/** One SHA-256 is no faster across the boundary than OpenSSL's, a batch of small ones thirteen times. */
function kernels(base: Engine, binding: NativeBinding): Kernels {
  return {
    digest: (algorithm, ...parts) =>
      algorithm === 'sha256'
        ? base.digest(algorithm, ...parts)
        : calling(() => binding.digest(algorithm, parts)),
    digestMany: (algorithm, bytes, ends) => calling(() => binding.digestMany(algorithm, bytes, ends)),
    deflateRaw: (bytes, level) => calling(() => binding.deflateRaw(bytes, level)),
    inflateRaw: (bytes, size) => calling(() => binding.inflateRaw(bytes, size)),
    chunkEnds: (bytes, bounds) => calling(() => binding.chunkEnds(bytes, bounds)),
  };
}

type StoreBatches = Pick<Engine, 'scan' | 'ingest' | 'ingestTree' | 'ingestBytes' | 'importObjects' | 'importTree' | 'store' | 'publish' | 'verify' | 'unpack'>;

function storeBatches(binding: NativeBinding, threads: number): StoreBatches {
  return {
    scan: (batch) => calling(() => cutListings(binding.scan(batch))),
    ingest: (batch) => calling(() => worded(binding.ingest(batch, threads))),
    ingestTree(batch) {
      const ingestion = calling(() => binding.ingestTree(batch));
      return { step: (...limits) => calling(() => worded(ingestion.step(...limits))) };
    },
    importObjects: (batch) => calling(() => worded(binding.importObjects(batch, threads))),
    importTree(batch) {
      const trees = calling(() => binding.importTree(batch));
      return {
        add: (tree, meta) => calling(() => trees.add(tree, meta)),
        step: (...limits) => calling(() => worded(trees.step(...limits))),
      };
    },
    ingestBytes: (batch) => calling(() => worded(binding.ingestBytes(batch))),
    store: (batch) => calling(() => worded(binding.store(batch))),
    publish: (batch) => calling(() => ({ failures: wordFailures(binding.publish(batch)) })),
    verify: (batch) => calling(() => worded(binding.verify(batch, threads))),
    unpack: (batch) => calling(() => worded(binding.unpack(batch))),
  };
}

type CheckoutBatches = Pick<Engine, 'place' | 'placeTree' | 'makeDirectories' | 'finishDirectories'>;

function checkoutBatches(binding: NativeBinding): CheckoutBatches {
  return {
    place: (batch) => calling(() => worded(binding.place(batch))),
    placeTree(batch) {
      const placement = calling(() => binding.placeTree(batch));
      return { step: (files, bytes, threads) => calling(() => worded(placement.step(files, bytes, threads))) };
    },
    makeDirectories: ({ root, directories, mayExist }) =>
      calling(() => {
        const { outcomes, failures } = binding.makeDirectories(root, directories, mayExist);
        return { created: outcomes, failures: wordFailures(failures) };
      }),
    finishDirectories: (batch) => calling(() => ({ failures: wordFailures(binding.finishDirectories(batch)) })),
  };
}

function sweepBatches(binding: NativeBinding, threads: number): Pick<Engine, 'list' | 'readMetadata' | 'remove'> {
  return {
    list: (batch) => calling(() => worded(binding.list(batch, threads))),
    readMetadata: (batch) => calling(() => worded(binding.readMetadata(batch))),
    remove: (batch) => calling(() => worded(binding.remove(batch, threads))),
  };
}

/** Cuts the columns of a flat scan into listings: views, not copies. */
function cutListings(flat: FlatScan): ScanResult {
  const listings = flat.names.map((names, index): DirectoryListing => {
    const [statStart, statEnd] = [flat.statEnds[index - 1] ?? 0, flat.statEnds[index]];
    const [xattrStart, xattrEnd] = [flat.xattrEnds[index - 1] ?? 0, flat.xattrEnds[index]];
    return {
      names,
      stats: flat.stats.subarray(statStart, statEnd),
      self: flat.own.subarray(index * STAT_FIELDS, (index + 1) * STAT_FIELDS),
      xattrs: flat.xattrs.subarray(xattrStart, xattrEnd),
    };
  });
  return { listings, failures: wordFailures(flat.failures) };
}

type SystemCalls = Pick<Engine, 'setIoPriority' | 'readXattrs' | 'writeXattrs' | 'removeXattrs' | 'syncFileSystem' | 'shareBlocks' | 'makeDevice'>;

function systemCalls(binding: NativeBinding): SystemCalls {
  return {
    setIoPriority: (thread, priority) => calling(() => binding.setIoPriority(thread, priority.class, priority.level)),
    readXattrs: (path) => calling(() => binding.readXattrs(path)),
    writeXattrs: (path, xattrs) => calling(() => binding.writeXattrs(path, xattrs)),
    removeXattrs: (path, xattrs) => calling(() => binding.removeXattrs(path, xattrs)),
    syncFileSystem: (path) => calling(() => binding.syncFileSystem(path)),
    shareBlocks: (from, to) => calling(() => binding.shareBlocks(from, to)),
    makeDevice: (path, mode, major, minor) => calling(() => binding.makeDevice(path, mode, major, minor)),
  };
}

/** Lets each descriptor back to the addon once: closing it twice would close somebody else's file. */
function locks(binding: NativeBinding): Pick<Engine, 'tryLock' | 'unlock'> {
  const held = new WeakSet<LockHandle>();
  return {
    tryLock(path, kind) {
      const descriptor = calling(() => binding.tryLock(path, kind === 'exclusive'));
      if (descriptor === null) return undefined;
      const handle: LockHandle = { descriptor };
      held.add(handle);
      return handle;
    },
    unlock(handle) {
      if (!held.delete(handle)) throw new CoppiceError('INTERNAL', 'a lock that is not held was released');
      binding.unlock(handle.descriptor);
    },
  };
}
