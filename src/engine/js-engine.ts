import { AMPLE_MEMORY } from '../base/memory-budget.ts';
import type { MemoryBudget } from '../base/memory-budget.ts';
import type { Engine, EngineName } from './engine.ts';
import { refuseCall, refuseXattrs } from './capability.ts';
import type { Kernels } from './kernels.ts';
import { chunkEnds } from './js/chunk-ends.ts';
import { ContentHeaders } from './js/content-headers.ts';
import { Scratch } from './js/context.ts';
import type { BatchContext } from './js/context.ts';
import { OwnRoots } from './js/own-directories.ts';
import { PlainModes } from './js/plain-modes.ts';
import { createDeflater, deflateRaw, inflateRaw } from './js/deflate.ts';
import { createHasher, digest, digestHex, digestMany } from './js/digest.ts';
import { finishDirectories, makeDirectories } from './js/directories.ts';
import { importObjects } from './js/import.ts';
import { ingest } from './js/ingest.ts';
import { ingestDirectories } from './js/ingest-directories.ts';
import { list } from './js/list.ts';
import { ingestBytes } from './js/ingest-bytes.ts';
import { place } from './js/place.ts';
import { publish } from './js/publish.ts';
import { readMetadata } from './js/read-metadata.ts';
import { remove } from './js/remove.ts';
import { scan } from './js/scan.ts';
import { store } from './js/store.ts';
import { unpack } from './js/unpack.ts';
import { verify } from './js/verify.ts';

/** Kernels on what node brings: OpenSSL, zlib, and plain JavaScript for the rest. */
export const JS_KERNELS: Kernels = { createHasher, createDeflater, digest, digestHex, digestMany, deflateRaw, inflateRaw, chunkEnds };

/** The engine that always works, and the reference for the others. */
export function createJsEngine(budget: MemoryBudget = AMPLE_MEMORY): Engine {
  return createNodeEngine('js', JS_KERNELS, budget);
}

/** One for whoever needs an engine at once and cheaply, with nothing to load. */
export const jsEngine: Engine = createJsEngine();

/** Batches on node:fs over any kernels. */
export function createNodeEngine(name: EngineName, kernels: Kernels, { wholeFileBytes }: MemoryBudget): Engine {
  const context: BatchContext = {
    engine: name,
    kernels,
    scratch: new Scratch(),
    archive: new Scratch(),
    wholeFileBytes,
    headers: new ContentHeaders(undefined),
    plainModes: new PlainModes(),
    ownRoots: new OwnRoots(),
  };
  return {
    name,
    capabilities: { xattrs: false, recordLocks: false, deviceNodes: false, syncfs: false, reflink: true },
    digest: kernels.digest,
    digestMany: kernels.digestMany,
    deflateRaw: kernels.deflateRaw,
    inflateRaw: kernels.inflateRaw,
    chunkEnds: kernels.chunkEnds,
    scan: (batch) => scan(context, batch),
    ingest: (batch) => ingest(context, batch),
    ingestDirectories: (batch) => ingestDirectories(context, batch),
    importObjects: (batch) => importObjects(context, batch),
    ingestBytes: (batch) => ingestBytes(context, batch),
    store: (batch) => store(context, batch),
    publish,
    place: (batch) => place(context, batch),
    makeDirectories: (batch) => makeDirectories(context, batch),
    finishDirectories: (batch) => finishDirectories(context, batch),
    verify: (batch) => verify(context, batch),
    list,
    readMetadata: (batch) => readMetadata(context, batch),
    remove,
    unpack: (batch) => unpack(context, batch),
    ...refusals(name),
  };
}

type SystemCalls = 'setIoPriority' | 'readXattrs' | 'writeXattrs' | 'removeXattrs' | 'tryLock' | 'unlock' | 'syncFileSystem' | 'shareBlocks' | 'makeDevice';

/** What node has no call for. An empty xattr list is no attribute to write. */
function refusals(name: EngineName): Pick<Engine, SystemCalls> {
  const refuse = (call: string) => (): never => {
    throw refuseCall(name, call);
  };
  return {
    setIoPriority: refuse('set the disk priority'),
    readXattrs() {
      throw refuseXattrs(name);
    },
    writeXattrs(_path, xattrs) {
      if (xattrs.length > 0) throw refuseXattrs(name);
    },
    removeXattrs(_path, xattrs) {
      if (xattrs.length > 0) throw refuseXattrs(name);
    },
    tryLock: refuse('take record locks'),
    unlock: refuse('release record locks'),
    syncFileSystem: refuse('flush a whole file system'),
    shareBlocks: () => false,
    makeDevice: refuse('make device nodes'),
  };
}
