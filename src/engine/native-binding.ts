import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CoppiceError, errnoWords, systemError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { capabilityMissing } from './capability.ts';
import type {
  ChunkBounds,
  Failure,
  FinishDirectoriesBatch,
  ImportBatch,
  ImportResult,
  ImportTreeBatch,
  IngestBatch,
  IngestBytesBatch,
  IngestResult,
  IngestTreeBatch,
  ListBatch,
  ListResult,
  PlaceBatch,
  PlaceResult,
  PlaceTreeBatch,
  PublishBatch,
  ReadMetadataBatch,
  ReadMetadataResult,
  RemoveBatch,
  RemoveResult,
  ScanBatch,
  StoreBatch,
  StoreResult,
  TreeImport,
  TreeIngestion,
  TreePlacement,
  UnpackBatch,
  UnpackResult,
  VerifyBatch,
  VerifyResult,
} from './engine.ts';

/** All listings of a scan one after the other; `native-engine` cuts them apart. */
export interface FlatScan {
  /** Packed names per directory. */
  readonly names: readonly string[];
  readonly stats: Float64Array;
  /** End of each listing in `stats`. */
  readonly statEnds: Uint32Array;
  readonly own: Float64Array;
  readonly xattrs: Uint8Array;
  /** End of each directory's list in `xattrs`. */
  readonly xattrEnds: Uint32Array;
  readonly failures: readonly Failure[];
}

/** The functions of the addon (native/src/lib.rs). They throw errors that `rebuildError` reads. */
export interface NativeBinding {
  bindingVersion(): number;
  /** Bounds what is held of one file, for all threads of the process. */
  limitMemory(wholeFileBytes: number): void;
  setIoPriority(thread: number, ioClass: string, level: number): void;
  digest(algorithm: string, parts: readonly Uint8Array[]): Uint8Array;
  digestMany(algorithm: string, bytes: Uint8Array, ends: Uint32Array): Uint8Array;
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array;
  inflateRaw(bytes: Uint8Array, size: number): Uint8Array;
  chunkEnds(bytes: Uint8Array, bounds: ChunkBounds): Uint32Array;
  scan(batch: ScanBatch): FlatScan;
  /** `threads` bounds those at work in the whole process: idle ones help with a huge file. */
  ingest(batch: IngestBatch, threads: number): IngestResult;
  ingestTree(batch: IngestTreeBatch): TreeIngestion;
  importObjects(batch: ImportBatch, threads: number): ImportResult;
  importTree(batch: ImportTreeBatch): TreeImport;
  ingestBytes(batch: IngestBytesBatch): IngestResult;
  store(batch: StoreBatch): StoreResult;
  publish(batch: PublishBatch): readonly Failure[];
  place(batch: PlaceBatch): PlaceResult;
  placeTree(batch: PlaceTreeBatch): TreePlacement;
  makeDirectories(root: string, directories: string, mayExist: boolean): StoreResult;
  finishDirectories(batch: FinishDirectoriesBatch): readonly Failure[];
  /** `threads` as in `ingest`. */
  verify(batch: VerifyBatch, threads: number): VerifyResult;
  /** `threads` bounds those at work in the whole process, here and below: idle ones help. */
  list(batch: ListBatch, threads: number): ListResult;
  readMetadata(batch: ReadMetadataBatch): ReadMetadataResult;
  remove(batch: RemoveBatch, threads: number): RemoveResult;
  unpack(batch: UnpackBatch): UnpackResult;
  readXattrs(path: string): Uint8Array;
  writeXattrs(path: string, xattrs: Uint8Array): void;
  removeXattrs(path: string, xattrs: Uint8Array): void;
  tryLock(path: string, exclusive: boolean): number | null;
  unlock(descriptor: number): void;
  syncFileSystem(path: string): void;
  shareBlocks(from: string, to: string): boolean;
  makeDevice(path: string, mode: number, major: number, minor: number): void;
}

/** The shape of the binding that this file describes; the addon says its own. */
const BINDING_VERSION = 17;

const KERNELS = ['digest', 'digestMany', 'deflateRaw', 'inflateRaw', 'chunkEnds'];
const BATCHES = [
  'scan', 'ingest', 'ingestTree', 'ingestBytes', 'importObjects', 'importTree', 'store', 'publish', 'place', 'placeTree', 'makeDirectories', 'finishDirectories',
  'verify', 'unpack',
];
const SWEEPS = ['list', 'readMetadata', 'remove'];
const CALLS = ['readXattrs', 'writeXattrs', 'removeXattrs', 'tryLock', 'unlock', 'syncFileSystem', 'shareBlocks', 'makeDevice'];
const PROCESS = ['limitMemory', 'setIoPriority'];
const FUNCTIONS = ['bindingVersion', ...PROCESS, ...KERNELS, ...BATCHES, ...SWEEPS, ...CALLS];

/** Loads `coppice.node` of a directory; CAPABILITY_MISSING tells why it cannot be. */
export function loadNativeBinding(directory: string): NativeBinding {
  const path = join(directory, 'coppice.node');
  const addon = requireAddon(path);
  if (isBinding(addon) && addon.bindingVersion() === BINDING_VERSION) return addon;
  throw absent(`the native addon "${path}" is of another version`);
}

function requireAddon(path: string): unknown {
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw absent(missing ? 'the native addon is not built' : `the native addon cannot be loaded: ${reason}`);
  }
}

function isBinding(addon: unknown): addon is NativeBinding {
  if (typeof addon !== 'object' || addon === null) return false;
  return FUNCTIONS.every((name) => typeof Reflect.get(addon, name) === 'function');
}

function absent(reason: string): CoppiceError {
  return capabilityMissing(reason, 'Run `npm run build` where cargo is installed.');
}

/** First field of the message of an error that the addon has thrown; more follow, each after a NUL. */
const ERROR_MARK = 'COPPICE';

/** Turns what the addon threw into a CoppiceError; other values pass through. */
export function rebuildError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [mark, code = '', errno = '', syscall = '', path = '', message = ''] = error.message.split('\0');
  if (mark !== ERROR_MARK) return error;
  if (errno !== '') return systemError(errno, syscall, path, error);
  const text = path === '' ? message : `${message}: "${path}"`;
  // native/src tells codes of this union only; test/unit/engine/native-engine.test.ts holds it to that
  return new CoppiceError(code as ErrorCode, text, { facts: path === '' ? {} : { path }, cause: error });
}

/** The addon leaves the words for an errno to us. */
export function wordFailures(failures: readonly Failure[]): readonly Failure[] {
  if (failures.length === 0) return failures;
  return failures.map((failure) =>
    failure.message === '' ? { ...failure, message: errnoWords(failure.errno) } : failure,
  );
}
