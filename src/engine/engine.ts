/**
 * The engine: a flat table of functions that does the CPU work and the system calls.
 *
 * One engine is chosen per process (`select-engine`), handed around as a value and named to workers. Batches are
 * synchronous and run to their end on the calling thread. They never throw for one bad file: a `Failure` per
 * file comes back as data. They throw a CoppiceError only when the whole batch is impossible
 * (CAPABILITY_MISSING, a store that does not exist).
 *
 * Conventions: checksums are 32 raw bytes, concatenated. Names are NUL-ended strings in one string
 * (`base/name-list`). Extended attributes are the serialised GVariant `a(ayay)`, sorted by name, names with their NUL;
 * zero bytes mean none. Directories are relative to `root`, the empty name being the root itself; no symlink inside
 * `root` is ever followed.
 */

import type { UniformModifier } from './uniform-modifier.ts';

export type EngineName = 'js' | 'wasm' | 'native';
export type DigestAlgorithm = 'sha256' | 'blake3';

/** On-disk modes; `bare-split-xattrs` is read-only. Same words as `[core] mode` in libostree. */
export type StoreMode = 'bare' | 'bare-user' | 'bare-user-only' | 'archive' | 'bare-split-xattrs';

/** What the engine has system calls for. Whoever needs a missing one gets CAPABILITY_MISSING, never a silent skip. */
export interface Capabilities {
  /** Reads and writes every extended attribute, those of symlinks too. */
  readonly xattrs: boolean;
  /** Open-file-description record locks, the ones libostree takes on `.lock`. */
  readonly recordLocks: boolean;
  readonly deviceNodes: boolean;
  /** One syncfs instead of an fsync for each file. */
  readonly syncfs: boolean;
  /** FICLONE: copies that share blocks. */
  readonly reflink: boolean;
}

/** One file of a batch that could not be done; crosses threads as it is. */
export interface Failure {
  /** Index of the file (or directory, or object) in the batch. */
  readonly index: number;
  /** A name from `base/errors` ErrorCode. `SYSTEM` and `NO_SPACE` come with errno and syscall. */
  readonly code: string;
  readonly errno: string;
  readonly syscall: string;
  /** The full path of what failed. */
  readonly path: string;
  /** The reason in words when there is no errno; lower case, no full stop. */
  readonly message: string;
}

/** Columns of `stats`, `STAT_FIELDS` numbers per entry. Inodes are split: they may pass 2^53. */
export const STAT = {
  mode: 0,
  uid: 1,
  gid: 2,
  size: 3,
  device: 4,
  inodeHigh: 5,
  inodeLow: 6,
  mtimeSeconds: 7,
  mtimeNanos: 8,
  ctimeSeconds: 9,
  ctimeNanos: 10,
  links: 11,
} as const;
export const STAT_FIELDS = 12;

/** Columns of STAT that tell one state of one file from all others; who changes a file changes its ctime. */
export const WITNESS = ['device', 'inodeHigh', 'inodeLow', 'ctimeSeconds', 'ctimeNanos'] as const satisfies readonly (keyof typeof STAT)[];

export interface ScanBatch {
  readonly root: string;
  /** Packed names of directories relative to `root`. */
  readonly directories: string;
  /** Whether the directories' own xattrs are read. */
  readonly xattrs: boolean;
}

/** One directory: its own stat and its entries, sorted by the bytes of their UTF-8 names. */
export interface DirectoryListing {
  /** Packed names. A name that is not UTF-8 is a Failure of the directory (code PATH_INVALID). */
  readonly names: string;
  /** STAT_FIELDS per name, by lstat. */
  readonly stats: Float64Array;
  /** STAT_FIELDS of the directory itself. */
  readonly self: Float64Array;
  readonly xattrs: Uint8Array;
}

export interface ScanResult {
  /** In the order asked for; an empty listing stands where a failure is told. */
  readonly listings: readonly DirectoryListing[];
  readonly failures: readonly Failure[];
}

/** Where objects are written, and which directories answer "is it there already?". */
export interface StoreTarget {
  readonly mode: StoreMode;
  readonly algorithm: DigestAlgorithm;
  /** `objects` directories of this repository and then its parents; the first is the repository's own. */
  readonly objects: readonly string[];
  /**
   * Where new objects go, as `XX/<62 hex>.<extension>`; two-digit directories are made when absent. Either a
   * staging directory, which no reader sees, or `objects[0]` itself.
   */
  readonly destination: string;
  /** True when readers see `destination`: an object then gets its name only when it is complete. */
  readonly visible: boolean;
  /** A directory on the same file system for unnamed or half-written files. */
  readonly tmp: string;
  /** Deflate level 1–9 of archive objects. */
  readonly zlibLevel: number;
  /** fsync each object before it gets its name. */
  readonly syncEach: boolean;
}

/** Regular files and symlinks to be hashed and, unless present, written as content objects. */
export interface IngestBatch {
  readonly root: string;
  readonly directories: string;
  /** Per file, an index into `directories`. */
  readonly directoryIndex: Uint32Array;
  readonly names: string;
  /** Per file: uid, gid, mode as they shall be hashed (modifiers applied). The type bits tell file from symlink. */
  readonly attributes: Uint32Array;
  /** Per file the size that the walk saw: a hint for buffers, not trusted. */
  readonly sizes: Float64Array;
  /** `read` takes each file's xattrs into the header; `none` writes an empty list. */
  readonly xattrs: 'read' | 'none';
  /** `hash` computes checksums and writes nothing. */
  readonly action: 'store' | 'hash';
  /** Deletes each source file once its object is stored; moves it into the store where mode and device allow. */
  readonly consume: boolean;
  readonly target: StoreTarget;
  /** Per file the WITNESS columns that the walk saw; absent where nobody asks which files are `settled`. */
  readonly witnesses?: Float64Array | undefined;
  /**
   * Per file a serialised list of xattrs that come to those it has, in the place of such of the same names; one after the
   * other. Absent where no file gets any.
   */
  readonly addedXattrs?: Uint8Array | undefined;
  /** End of each in `addedXattrs`. */
  readonly addedXattrEnds?: Uint32Array | undefined;
}

/** What is remembered of a source directory: an index file of `repo/stat-index`. */
export interface TreeMemory {
  /** The index of an earlier commit, and the digest at its end, by which it is known; no digest where there is none. */
  readonly path: string;
  readonly digest: Uint8Array;
  /** Where objects that the index names are looked for; absent where all of them are known to be there. */
  readonly stored?: ObjectSource | undefined;
  /** A moment before the source is listed, in milliseconds since 1970. */
  readonly listedAtMilliseconds: number;
  /** statfs types of file systems whose ctimes tell every change. */
  readonly trustedFileSystems: Float64Array;
}

/** What is to be done with the one entry that has a path. */
export interface CommitRule {
  /** Absolute in the tree. */
  readonly path: string;
  /** Whether it is left out. */
  readonly skip: boolean;
  /** Permission bits to add; of directories, the root's alone. */
  readonly add?: number | undefined;
  /** Permission bits to set, which do not count beside bits to add. */
  readonly set?: number | undefined;
}

/** A whole directory to be stored, from its files to its own dirtree and dirmeta. */
export interface IngestTreeBatch extends UniformModifier {
  readonly root: string;
  readonly target: StoreTarget;
  readonly xattrs: IngestBatch['xattrs'];
  /** At most one for each path. */
  readonly rules: readonly CommitRule[];
  /** Takes the files away once they are stored; their directories stay. */
  readonly consume: boolean;
  /** Absent where nothing is known and nothing shall be remembered. */
  readonly memory?: TreeMemory | undefined;
  /** `objects` directories of which content is taken for its hardlinks in the source, unread; never an archive's. */
  readonly hardlinks: readonly string[];
}

/** Directories whose files are to be stored as they are found: a scan and an ingest in one, with one open and one stat a file. */
export interface IngestDirectoriesBatch extends Omit<IngestTreeBatch, 'memory' | 'hardlinks' | 'rules' | 'consume'> {
  /** Packed names of directories relative to `root`. */
  readonly directories: string;
  /** Packed names of entries, where only these of a single directory are wanted. */
  readonly entries: string;
  /**
   * No further directory is begun once so many files are read, or so many bytes; no further file once it is a quarter more, or
   * where its bytes would need more than `room`.
   */
  readonly files: number;
  readonly bytes: number;
  /** Bytes of content that may be written. */
  readonly room: number;
}

/** One directory; its names as they were asked for, else sorted by their bytes in UTF-8. */
export interface IngestedDirectory extends DirectoryListing {
  /** As of any listing; but a directory's may have no more than its type as the mode: its own listing tells the rest. */
  readonly stats: Float64Array;
  /** How many entries, from the first, have been done: the others have neither stats nor checksums. */
  readonly done: number;
  /** 32 bytes per name; zeros for directories. */
  readonly checksums: Uint8Array;
}

export interface IngestDirectoriesResult {
  /** In the order asked for; those that were not begun are missing at the end. */
  readonly directories: readonly IngestedDirectory[];
  readonly filesRead: number;
  readonly bytesRead: number;
  /** Content objects that were not there, and the bytes of regular ones. */
  readonly written: number;
  readonly bytesWritten: number;
  /** Size of the file that the room was not enough for; 0 when it was. */
  readonly bytesLacking: number;
  /** At most one: nothing is done behind it. */
  readonly failures: readonly Failure[];
  /** Bytes that were to be written when it came. */
  readonly failureBytes: number;
}

/** What one step of a whole commit has done. */
export interface IngestTreeStep {
  /** Files that were come by, and those of them that the memory knew. */
  readonly files: number;
  readonly known: number;
  /** Those known by being hardlinks of content objects. */
  readonly hardlinks: number;
  readonly read: number;
  readonly bytesRead: number;
  /** Content objects that were not there, and the bytes of regular ones. */
  readonly written: number;
  readonly bytesWritten: number;
  /** Dirtrees and dirmetas come by, and those that were not there. */
  readonly metadata: number;
  readonly metadataWritten: number;
  /** Bytes taken from the room that was given, less what turned out to be there. */
  readonly bytesCharged: number;
  /** Bytes that the next files need and the room did not have; 0 when it was enough. */
  readonly bytesLacking: number;
  /** Directories to be remembered, as `repo/stat-index/index-writer` appends them. */
  readonly records: Uint8Array;
  /** Where in the memory's file the records of directories begin that nothing has changed at or below. */
  readonly keptRecords: Float64Array;
  /** Packed paths of rules that have met their entry. */
  readonly metRules: string;
  /** Checksums of the root, once nothing is left to do; until then no bytes. */
  readonly tree: Uint8Array;
  readonly meta: Uint8Array;
  /** At most one: it ends the commit. */
  readonly failures: readonly Failure[];
  /** Bytes that were to be written when it came. */
  readonly failureBytes: number;
}

/** A whole commit under way; what it keeps open is freed with it. */
export interface TreeIngestion {
  /** Goes on, on up to `threads` threads, until some `files` or `bytes` are read; writes content of at most `room` bytes. */
  step(files: number, bytes: number, room: number, threads: number): IngestTreeStep;
}

/** What became of a file, in `IngestResult.outcomes`. */
export const INGEST = { stored: 0, existed: 1, failed: 2 } as const;

export interface IngestResult {
  /** 32 bytes a file; zeros where it failed. */
  readonly checksums: Uint8Array;
  readonly outcomes: Uint8Array;
  /** Content bytes read (of a symlink the bytes of its target). */
  readonly sizes: Float64Array;
  /** Bytes of the object file of an archive store; 0 in other modes and where the object existed and was not compressed. */
  readonly storedSizes: Float64Array;
  /**
   * 1 where what was read is the file of the witness, and nobody had it open or mapped for writing. Only the native engine
   * can see writers; the others take it that there is none.
   */
  readonly settled: Uint8Array;
  readonly failures: readonly Failure[];
}

/** Content objects taken over from another repository. */
export interface ImportBatch {
  readonly source: ObjectSource;
  readonly target: StoreTarget;
  /** 32 bytes per object. */
  readonly checksums: Uint8Array;
  /** `try` links an object whose file is what the target would hold; `never` writes a file of its own. */
  readonly link: 'try' | 'never';
  /** Hashes linked objects too. What is written anew is always hashed; a wrong hash is OBJECT_CORRUPT. */
  readonly verify: boolean;
  /** Refuses regular files with mode bits outside of 0775, whatever the target could keep. */
  readonly canonicalModes: boolean;
}

/** What became of an object, in `ImportResult.outcomes`. */
export const IMPORT = { linked: 0, copied: 1, existed: 2, failed: 3 } as const;

export interface ImportResult {
  readonly outcomes: Uint8Array;
  /** Content bytes that were not linked. */
  readonly bytesCopied: number;
  readonly failures: readonly Failure[];
}

/** Whole trees to be taken over from another repository, with all that they lead to. */
export interface ImportTreeBatch extends Omit<ImportBatch, 'checksums'> {
  /** Where dirtrees and dirmetas are. */
  readonly metadata: ObjectSource;
}

/** What one step of an import has done. */
export interface ImportTreeStep {
  /** Content objects, each of them once. */
  readonly linked: number;
  readonly copied: number;
  readonly existed: number;
  /** Content bytes that were not linked. */
  readonly bytesCopied: number;
  /** Metadata objects that the target did not have. */
  readonly metadataWritten: number;
  /** Whether nothing is left to do. */
  readonly complete: boolean;
  /** At most one: it ends the import. */
  readonly failures: readonly Failure[];
  /** ObjectType number of a metadata object that is missing or not what its name says, which ends the import too; 0 for none. */
  readonly unreadableType: number;
  /** Its checksum. */
  readonly unreadable: Uint8Array;
}

/** An import under way; what it keeps open is freed with it. Remembers 32 bytes for each object. */
export interface TreeImport {
  /** One more tree for the steps to come: checksums of its dirtree and its dirmeta. */
  add(tree: Uint8Array, meta: Uint8Array): void;
  /** Goes on, on up to `threads` threads, until some `objects` or `bytes` of content are imported. */
  step(objects: number, bytes: number, threads: number): ImportTreeStep;
}

/** Files and symlinks whose content comes from a stream, to be stored as content objects. */
export interface IngestBytesBatch {
  /** Per file: uid, gid, mode as they shall be hashed. */
  readonly attributes: Uint32Array;
  /** Contents, and targets of symlinks, one after the other. May lie in shared memory. */
  readonly bytes: Uint8Array;
  /** End of each in `bytes`. */
  readonly ends: Uint32Array;
  /** Serialised xattr lists, one after the other. */
  readonly xattrs: Uint8Array;
  readonly xattrEnds: Uint32Array;
  /** Packed: what each file is called when it fails. */
  readonly names: string;
  /** Packed: the name of a file in `target.tmp` whose content it is and which is consumed, or an empty one for `bytes`. */
  readonly spilled: string;
  readonly target: StoreTarget;
}

/** Metadata objects already serialised and named by main. */
export interface StoreBatch {
  readonly target: StoreTarget;
  /** Packed object names: `<64 hex>.<extension>`. */
  readonly names: string;
  /** All objects one after the other. */
  readonly bytes: Uint8Array;
  /** End offset of each object in `bytes`. */
  readonly ends: Uint32Array;
}

export interface StoreResult {
  /** INGEST.stored, existed or failed. */
  readonly outcomes: Uint8Array;
  readonly failures: readonly Failure[];
}

/** Moves the objects of a staging directory into `objects`; one whole fan-out directory at a time where it can. */
export interface PublishBatch {
  readonly staging: string;
  readonly objects: string;
  /** Packed two-digit fan-out names. */
  readonly prefixes: string;
  /** fsync each touched fan-out directory afterwards. */
  readonly sync: boolean;
  /** Whether the staged files have reached the disk; else an engine without syncfs flushes each before, where `sync` asks for it. */
  readonly isFlushed?: boolean;
}

export interface PublishResult {
  readonly failures: readonly Failure[];
}

/** Where objects are read from. */
export interface ObjectSource {
  readonly mode: StoreMode;
  readonly algorithm: DigestAlgorithm;
  /** `objects` directories, own first, then parents'. */
  readonly objects: readonly string[];
}

/**
 * `DEVICE:INODE:WORD` of a root that the caller has made, with all that is below, and that nobody else can enter yet: then no
 * symlink has to be looked out for. FILE_CHANGED where another directory is there. The word is another for each root: inode numbers
 * come back. Undefined for any other root.
 */
export type OwnRoot = string | undefined;

/** Content objects to be checked out. All `directories` exist already. */
export interface PlaceBatch {
  readonly source: ObjectSource;
  readonly root: string;
  readonly directories: string;
  readonly directoryIndex: Uint32Array;
  readonly names: string;
  readonly checksums: Uint8Array;
  /** Per file a number of FOREKNOWN; the engine may use it. */
  readonly foreknown?: Uint8Array | undefined;
  /** True leaves owners and xattrs alone, strips setuid and setgid and makes files readable, as `checkout -U`. */
  readonly userMode: boolean;
  /** `require` fails where a hardlink cannot be made; `never` copies (sharing blocks where the file system can). */
  readonly link: 'never' | 'try' | 'require';
  /** What happens to a file that is there: error, replace, keep, or error unless identical. */
  readonly overwrite: 'none' | 'union' | 'add' | 'identical';
  readonly copyZeroSized: boolean;
  readonly syncEach: boolean;
  /** `uncompressed-objects-cache` of an archive repository in user mode; empty for none. */
  readonly cache: string;
  readonly ownRoot?: OwnRoot;
}

/**
 * What an earlier checkout has found out about an object of a bare-user-only repository. `linkable`: regular, not empty, readable for
 * its owner. `odd`: not that, mostly a symlink.
 */
export const FOREKNOWN = { nothing: 0, linkable: 1, odd: 2 } as const;

/** What became of a file, in `PlaceResult.outcomes`. */
export const PLACE = { linked: 0, copied: 1, kept: 2, failed: 3 } as const;

export interface PlaceResult {
  readonly outcomes: Uint8Array;
  readonly bytesCopied: number;
  readonly failures: readonly Failure[];
}

/** A whole tree to be checked out into `root`, which exists. */
export interface PlaceTreeBatch extends Omit<PlaceBatch, 'directories' | 'directoryIndex' | 'names' | 'checksums' | 'foreknown'> {
  /** Where dirtrees and dirmetas are. */
  readonly metadata: ObjectSource;
  /** Checksum of the root's dirtree. */
  readonly tree: Uint8Array;
  /** Checksum of the dirmeta that the root gets in the end; empty when it keeps what it has. */
  readonly meta: Uint8Array;
  /** Bits that a directory's permissions may have. */
  readonly permissions: number;
  /** Sets the modification time of directories to 0. */
  readonly resetMtime: boolean;
  /** Absolute paths in the tree that are left out, those of directories with a slash at the end. */
  readonly skip: readonly string[];
}

/** What one step of a whole checkout has done. */
export interface PlaceTreeStep {
  readonly linked: number;
  readonly copied: number;
  readonly kept: number;
  /** Directories made. */
  readonly directories: number;
  readonly bytesCopied: number;
  /** Whether nothing is left to do. */
  readonly complete: boolean;
  /** At most one: it ends the checkout. */
  readonly failures: readonly Failure[];
  /** ObjectType number of a metadata object that is missing or broken, which ends the checkout too; 0 for none. */
  readonly unreadableType: number;
  /** Its checksum. */
  readonly unreadable: Uint8Array;
}

/** A whole checkout under way; what it keeps open is freed with it. */
export interface TreePlacement {
  /** Goes on, on up to `threads` threads, until some `files` are placed or `bytes` copied. */
  step(files: number, bytes: number, threads: number): PlaceTreeStep;
}

/** Creates directories, parents before children, mode 0700 unless an engine can do better. */
export interface MakeDirectoriesBatch {
  readonly root: string;
  readonly directories: string;
  /** Per directory the mode that it will get: below an own root nobody looks in, so an engine may give it at once. */
  readonly modes?: Uint32Array | undefined;
  /** Whether one that exists (a real directory, never a symlink) is good. */
  readonly mayExist: boolean;
  readonly ownRoot?: OwnRoot;
}

export const MAKE = { existed: 0, made: 1, madeWithMode: 2 } as const;

export interface MakeDirectoriesResult {
  /** A MAKE number each: whether the directory existed, was made, or was made and has the mode of `modes`. */
  readonly created: Uint8Array;
  readonly failures: readonly Failure[];
}

/** Gives directories their final owner, xattrs, mode and modification time; listed deepest first. */
export interface FinishDirectoriesBatch {
  readonly root: string;
  readonly directories: string;
  /** Per directory uid, gid, mode. */
  readonly attributes: Uint32Array;
  /** Per directory 1 where it has that mode already. */
  readonly hasMode?: Uint8Array;
  /** Per directory its `a(ayay)`. Ignored in user mode. */
  readonly xattrs: readonly Uint8Array[];
  readonly userMode: boolean;
  /** Sets the modification time to 0, as checkouts that are not forced copies do; false leaves it. */
  readonly resetMtime: boolean;
  readonly sync: boolean;
  readonly ownRoot?: OwnRoot;
}

/** Objects to be read whole and compared with their names. */
export interface VerifyBatch {
  readonly source: ObjectSource;
  readonly checksums: Uint8Array;
  /** ObjectType numbers: 1 file, 2 dirtree, 3 dirmeta, 4 commit. */
  readonly types: Uint8Array;
}

export const VERIFY = { ok: 0, missing: 1, corrupt: 2, failed: 3 } as const;

export interface VerifyResult {
  readonly outcomes: Uint8Array;
  /** The checksum found, 32 bytes each; zeros where none could be computed. */
  readonly actual: Uint8Array;
  readonly bytesRead: number;
  /** One for each `corrupt` without an actual checksum (broken header, bad deflate stream) and each `failed`. */
  readonly failures: readonly Failure[];
}

/** Loose objects to be found by listing. */
export interface ListBatch {
  /** One `objects` directory. */
  readonly objects: string;
  /** Packed two-digit fan-out names; one that is not there holds nothing. */
  readonly prefixes: string;
  /** Whether content has the `z` of archive repositories; content of the other family is no object. */
  readonly archive: boolean;
  /** Stats every file for its size. */
  readonly sizes: boolean;
  /** The number of an ObjectType: others are left out. */
  readonly only?: number | undefined;
}

/** Bytes of an object in packed lists: the checksum and one byte, the number of its ObjectType. */
export const RECORD_BYTES = 33;

export interface ListResult {
  /** RECORD_BYTES an object, sorted within each prefix. */
  readonly records: Uint8Array;
  /** Bytes of each object's file; empty unless asked for. */
  readonly sizes: Float64Array;
  /** Where each prefix ends, counted in records. */
  readonly ends: Uint32Array;
  /** By prefix. */
  readonly failures: readonly Failure[];
}

/** Metadata objects of one type to be read whole. */
export interface ReadMetadataBatch {
  readonly source: ObjectSource;
  /** ObjectType number: 2 dirtree, 3 dirmeta, 4 commit. */
  readonly objectType: number;
  readonly checksums: Uint8Array;
  /** Reading stops behind the object that takes `bytes` past this: the results are then fewer than were asked for. */
  readonly limitBytes: number;
}

export interface ReadMetadataResult {
  /** VERIFY: every object is compared with its name. */
  readonly outcomes: Uint8Array;
  /** The sound ones, one after the other. */
  readonly bytes: Uint8Array;
  /** End offset in `bytes` of each object answered for; others than sound ones have no bytes. */
  readonly ends: Uint32Array;
  /** One for each `corrupt` and each `failed`. */
  readonly failures: readonly Failure[];
}

/** Loose objects to be measured, and unlinked. */
export interface RemoveBatch {
  readonly objects: string;
  /** RECORD_BYTES an object. */
  readonly records: Uint8Array;
  readonly archive: boolean;
  /** False only measures. */
  readonly unlink: boolean;
}

export const REMOVE = { removed: 0, absent: 1, failed: 2 } as const;

export interface RemoveResult {
  readonly outcomes: Uint8Array;
  /** Bytes of each object's file by lstat; 0 where it was not there. */
  readonly sizes: Float64Array;
  readonly failures: readonly Failure[];
}

/** Content objects to be read into one buffer. */
export interface UnpackBatch {
  readonly source: ObjectSource;
  readonly checksums: Uint8Array;
  /** Filled with contents, of symlinks their targets, one after the other. May lie in shared memory. */
  readonly into: Uint8Array;
}

/** As many objects as fit, in order: perhaps fewer than the batch has, and at least one. */
export interface UnpackResult {
  /** Per object: uid, gid, mode. */
  readonly attributes: Uint32Array;
  /** Bytes of content; 0 of a symlink. */
  readonly sizes: Float64Array;
  /** End of each in `into`. */
  readonly ends: Uint32Array;
  /** 0 where the content is larger than all of `into`: nothing of it is there. */
  readonly fits: Uint8Array;
  readonly failures: readonly Failure[];
}

/** A held file lock; closed by `unlock`. */
export interface LockHandle {
  readonly descriptor: number;
}

/** How a thread's reads and writes stand back behind those of others, in the kernel's words. */
export interface IoPriority {
  /** `idle`: only while nobody else wants the disk. */
  readonly class: 'idle' | 'best-effort';
  /** 0 (first) to 7 (last) among `best-effort`; of no meaning for `idle`. */
  readonly level: number;
}

/** Bounds of content-defined chunks in bytes; `average` is a power of two. */
export interface ChunkBounds {
  readonly minimum: number;
  readonly average: number;
  readonly maximum: number;
}

export interface Engine {
  readonly name: EngineName;
  readonly capabilities: Capabilities;

  // Kernels: bytes in memory.
  /** 32-byte digest of the parts, one after the other. */
  digest(algorithm: DigestAlgorithm, ...parts: readonly Uint8Array[]): Uint8Array;
  /** Digests of many messages laid end to end in `bytes`; 32 bytes each. */
  digestMany(algorithm: DigestAlgorithm, bytes: Uint8Array, ends: Uint32Array): Uint8Array;
  /** Raw DEFLATE, no wrapper. */
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array;
  /** Inflates to exactly `size` bytes; FORMAT_INVALID when the stream is broken, longer or shorter. */
  inflateRaw(bytes: Uint8Array, size: number): Uint8Array;
  /** End offsets of gear-hash chunks; the last one is `bytes.length`. Same cuts in every engine. */
  chunkEnds(bytes: Uint8Array, bounds: ChunkBounds): Uint32Array;

  // Batches: paths in, plain results out.
  scan(batch: ScanBatch): ScanResult;
  ingest(batch: IngestBatch): IngestResult;
  /**
   * `scan`, `ingest` and `store` of a whole directory. Only an engine that gains by it has it. FILE_TYPE_UNSUPPORTED is
   * told of whatever is no directory, regular file or symlink.
   */
  readonly ingestTree?: (batch: IngestTreeBatch) => TreeIngestion;
  /** `scan` and `ingest` in one, for engines without `ingestTree`; fails likewise. */
  readonly ingestDirectories?: (batch: IngestDirectoriesBatch) => IngestDirectoriesResult;
  importObjects(batch: ImportBatch): ImportResult;
  /** `readMetadata`, `store` and `importObjects` of whole trees, every object verified. Only an engine that gains by it has it. */
  readonly importTree?: (batch: ImportTreeBatch) => TreeImport;
  ingestBytes(batch: IngestBytesBatch): IngestResult;
  store(batch: StoreBatch): StoreResult;
  publish(batch: PublishBatch): PublishResult;
  place(batch: PlaceBatch): PlaceResult;
  /**
   * `makeDirectories`, `place` and `finishDirectories` of a whole tree, whose dirtrees it reads itself. Only an engine that
   * gains by it has it; the others are asked for directory after directory.
   */
  readonly placeTree?: (batch: PlaceTreeBatch) => TreePlacement;
  makeDirectories(batch: MakeDirectoriesBatch): MakeDirectoriesResult;
  finishDirectories(batch: FinishDirectoriesBatch): PublishResult;
  verify(batch: VerifyBatch): VerifyResult;
  list(batch: ListBatch): ListResult;
  readMetadata(batch: ReadMetadataBatch): ReadMetadataResult;
  remove(batch: RemoveBatch): RemoveResult;
  unpack(batch: UnpackBatch): UnpackResult;

  // Single system calls; they throw `systemError`.
  /** Sets the disk priority of one thread, by the kernel's number of it; threads that it starts later inherit it. */
  setIoPriority(thread: number, priority: IoPriority): void;
  /** The xattrs of a path, symlinks not followed. */
  readXattrs(path: string): Uint8Array;
  writeXattrs(path: string, xattrs: Uint8Array): void;
  /** Removes the attributes that the list names; values do not matter, absent ones are no error. */
  removeXattrs(path: string, xattrs: Uint8Array): void;
  /** Tries once to take an OFD lock on the whole file; undefined while another holder is in the way. Creates the file 0660. */
  tryLock(path: string, kind: 'shared' | 'exclusive'): LockHandle | undefined;
  unlock(handle: LockHandle): void;
  /** Flushes the whole file system that holds `path`. */
  syncFileSystem(path: string): void;
  /**
   * Lets the file `to` share the blocks of `from`; the kernel does so only where both hold the same bytes. False where they
   * do not, and where the file system or the engine cannot.
   */
  shareBlocks(from: string, to: string): boolean;
  makeDevice(path: string, mode: number, major: number, minor: number): void;
}
