import { checksumFromBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError } from '../base/errors.ts';
import type { StoreTarget } from '../engine/engine.ts';
import { looseObjectPath, OBJECT_TYPE } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { isWritableMode } from '../format/object/repo-mode.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Pool } from '../pool/task.ts';
import { removeTombstone } from './commit-state.ts';
import { writeCommitmetaFile } from './detached-metadata.ts';
import { objectsPath } from './layout.ts';
import { acquireRepoLock } from './lock.ts';
import type { LockOptions, RepoLock } from './lock.ts';
import { MetadataQueue } from './metadata-queue.ts';
import { readMetadataFile, readMetadataObject } from './metadata-reader.ts';
import { sweepPresences } from './presence.ts';
import { linkPayloads } from './payload-links.ts';
import { publishStaging, syncObjectDirectories } from './publish-staging.ts';
import { locateCollectionRef, locateRefspec } from './ref-location.ts';
import type { RefLocation } from './ref-location.ts';
import { autoUpdateSummary } from './regenerate-summary.ts';
import type { Repo } from './repo.ts';
import { SpaceBudget } from './space-budget.ts';
import { makeStagingDirectory } from './staging-directory.ts';
import { expireTmp } from './tmp-expiry.ts';
import { writeRefAt } from './write-ref.ts';

export interface TransactionOptions extends LockOptions {
  /** False writes without waiting for the disk. Default: what the repository's config says. */
  readonly fsync?: boolean | undefined;
  /** Fails in `commit`, before anything is published: a hook for tests of recovery. */
  readonly failBeforeRefs?: boolean | undefined;
  /** Large content is found again by its payload, where the config wants it (`payload-links`); not with fsync off. Default false. */
  readonly payloadLinks?: boolean | undefined;
}

export interface TransactionOutcome {
  /** Metadata objects that the repository did not have. */
  readonly metadataWritten: number;
  readonly refsWritten: number;
}

interface RefChange {
  readonly location: RefLocation;
  readonly checksum: Checksum | undefined;
}

/**
 * Objects and refs that appear together, or not at all.
 *
 * Holds the shared lock from `begin` to `commit` or `abort`; exactly one of these two must be called, and `abort` is
 * harmless after either. Objects wait in a staging directory; with fsync off, or `per-object-fsync`, they go straight
 * into `objects/`, as in libostree, and an abort leaves them there.
 */
export class Transaction {
  /** Where batches of content go. */
  readonly target: StoreTarget;
  readonly #repo: Repo;
  readonly #pool: Pool;
  readonly #options: TransactionOptions;
  readonly #fsync: boolean;
  readonly #lock: RepoLock;
  readonly #space: SpaceBudget;
  readonly #metadata: MetadataQueue;
  readonly #refs: RefChange[] = [];
  readonly #detached = new Map<Checksum, Uint8Array | undefined>();
  /** Commit objects wait until all that they name is in `objects/`: a crash never leaves one that lacks something. */
  readonly #commits = new Map<Checksum, Uint8Array>();
  readonly #commitQueue: MetadataQueue;
  #metadataCounted = 0;
  #isOpen = true;

  /**
   * Takes the lock, sweeps what crashed transactions left, and makes the staging directory.
   * Throws LOCK_TIMEOUT, or REPO_UNSUPPORTED for a repository that can only be read.
   */
  static async begin(repo: Repo, pool: Pool, options: TransactionOptions = {}): Promise<Transaction> {
    assertWritable(repo);
    const lock = await acquireRepoLock(repo, 'shared', options);
    try {
      sweepPresences(repo);
      return new Transaction(repo, pool, { options, lock });
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(repo: Repo, pool: Pool, held: { options: TransactionOptions; lock: RepoLock }) {
    this.#repo = repo;
    this.#pool = pool;
    this.#options = held.options;
    this.#lock = held.lock;
    this.#fsync = held.options.fsync ?? repo.config.fsync;
    this.#space = new SpaceBudget(repo.path, repo.config.minFreeSpace);
    this.target = makeTarget(repo, this.#fsync);
    this.#metadata = new MetadataQueue(repo, pool, this.target);
    const visible = { ...this.target, destination: objectsPath(repo.path), visible: true, syncEach: this.#fsync };
    this.#commitQueue = new MetadataQueue(repo, pool, visible);
  }

  /** Metadata objects that the repository did not have; final after `flush` or `commit`. */
  get metadataWritten(): number {
    return this.#metadata.written + this.#commitQueue.written + this.#metadataCounted;
  }

  /** Names the object at once (32 bytes) and queues it; `drain` now and then keeps the queue short. */
  storeMetadata(type: ObjectType, bytes: Uint8Array): Uint8Array {
    this.#assertOpen();
    return this.#metadata.add(type, bytes);
  }

  /** A metadata object of the repository, or one of this transaction that has been flushed. Throws OBJECT_MISSING. */
  readMetadata(type: ObjectType, checksum: Checksum): Uint8Array {
    const staged = `${this.target.destination}/${looseObjectPath(checksum, type, this.#repo.mode === 'archive')}`;
    return readMetadataFile(staged, type, checksum) ?? readMetadataObject(this.#repo, type, checksum);
  }

  /** Names a commit object at once; it is written last, and the tombstone that an earlier deletion left goes then. */
  storeCommit(bytes: Uint8Array): Uint8Array {
    this.#assertOpen();
    const checksum = this.#repo.engine.digest(this.#repo.algorithm, bytes);
    this.#commits.set(checksumFromBytes(checksum), bytes);
    return checksum;
  }

  /** Replaces the detached metadata of a commit (`a{sv}`); undefined removes it. Written in `commit`. */
  writeDetachedMetadata(commit: Checksum, bytes: Uint8Array | undefined): void {
    this.#assertOpen();
    this.#detached.set(commit, bytes);
  }

  /** Charges content about to be written; throws NO_SPACE when `min-free-space-*` forbids it. */
  reserve(bytes: number): void {
    this.#space.reserve(bytes);
  }

  /** Bytes of content that may still be written. */
  get leftBytes(): number {
    return this.#space.leftBytes;
  }

  /** Counts what an engine has written by itself: bytes of content within `leftBytes`, and objects of metadata. */
  count(written: { readonly contentBytes: number; readonly metadata: number }): void {
    this.#space.charge(written.contentBytes);
    this.#metadataCounted += written.metadata;
  }

  /** Credits content that turned out to be there already. */
  release(bytes: number): void {
    this.#space.release(bytes);
  }

  /** Points `refspec` at a commit, or deletes it, once `commit` has published the objects; the last call for a ref wins. */
  setRef(refspec: string, checksum: Checksum | undefined): void {
    this.#setRefAt(locateRefspec(refspec), checksum);
  }

  /** As `setRef`, for a ref mirrored for a collection. */
  setCollectionRef(collectionId: string, ref: string, checksum: Checksum | undefined): void {
    this.#setRefAt(locateCollectionRef(collectionId, ref), checksum);
  }

  /** Waits until the full batches of metadata have been taken up; throws the first failure. */
  async drain(): Promise<void> {
    await this.#metadata.drain();
  }

  /** Waits until all metadata is written. */
  async flush(): Promise<void> {
    await this.#metadata.flush();
  }

  /**
   * Makes the objects durable and visible, then moves the refs and, where the config wants it, renews the summary. When
   * it throws, refs that come before the failing one have moved, objects may be visible, and `abort` must be called.
   */
  async commit(): Promise<TransactionOutcome> {
    this.#assertOpen();
    await this.flush();
    this.#assertMayCommit();
    await this.#publish();
    for (const [commit, bytes] of this.#detached) writeCommitmetaFile(this.#repo, commit, bytes, this.#fsync);
    await this.#publishCommits();
    for (const commit of this.#commits.keys()) removeTombstone(this.#repo, commit);
    this.#isOpen = false;
    removeTree(this.target.tmp);
    expireTmp(this.#repo);
    for (const { location, checksum } of this.#refs) writeRefAt(this.#repo, location, checksum, { fsync: this.#fsync });
    if (this.#refs.length > 0) autoUpdateSummary(this.#repo, { fsync: this.#fsync });
    this.#lock.release();
    return { metadataWritten: this.metadataWritten, refsWritten: this.#refs.length };
  }

  /** Waits for what runs, removes the staging directory and lets the lock go; never throws for a failed write. */
  async abort(): Promise<void> {
    this.#isOpen = false;
    await this.#metadata.abandon();
    try {
      removeTree(this.target.tmp);
    } finally {
      this.#lock.release();
    }
  }

  #setRefAt(location: RefLocation, checksum: Checksum | undefined): void {
    this.#assertOpen();
    const same = this.#refs.findIndex(({ location: other }) => isSame(other, location));
    if (same >= 0) this.#refs.splice(same, 1);
    this.#refs.push({ location, checksum });
  }

  async #publish(): Promise<void> {
    if (!this.target.visible) {
      if (this.#options.payloadLinks === true) await linkPayloads(this.#repo, this.#pool, this.target.destination);
      await publishStaging(this.#repo, this.#pool, this.target.destination);
    } else if (this.target.syncEach) syncObjectDirectories(this.#repo);
  }

  async #publishCommits(): Promise<void> {
    for (const bytes of this.#commits.values()) this.#commitQueue.add(OBJECT_TYPE.commit, bytes);
    await this.#commitQueue.flush();
    if (!this.#fsync) return;
    const objects = objectsPath(this.#repo.path);
    const fsync = fsyncPolicy(true);
    for (const commit of this.#commits.keys()) fsync.directory(`${objects}/${commit.slice(0, 2)}`);
  }

  #assertMayCommit(): void {
    if (this.#options.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'transaction cancelled');
    if (this.#options.failBeforeRefs === true) {
      throw new CoppiceError('INTERNAL', 'OSTREE_REPO_TEST_ERROR_PRE_COMMIT specified');
    }
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new CoppiceError('INTERNAL', `the transaction on "${this.#repo.path}" has ended`);
  }
}

function assertWritable(repo: Repo): void {
  if (isWritableMode(repo.mode)) return;
  throw new CoppiceError('REPO_UNSUPPORTED', 'Writing content object: Not allowed due to repo mode', {
    facts: { path: repo.path, mode: repo.mode },
    hint: `Repositories in mode ${repo.mode} can only be read.`,
  });
}

/** Half-written files lie in the staging directory in any case: a crash leaves nothing that is not swept. */
function makeTarget(repo: Repo, fsync: boolean): StoreTarget {
  const staging = makeStagingDirectory(repo);
  const visible = !fsync || repo.config.perObjectFsync;
  return {
    mode: repo.mode,
    algorithm: repo.algorithm,
    objects: [objectsPath(repo.path)],
    destination: visible ? objectsPath(repo.path) : staging,
    visible,
    tmp: staging,
    zlibLevel: repo.config.zlibLevel,
    syncEach: fsync && repo.config.perObjectFsync,
  };
}

function isSame(a: RefLocation, b: RefLocation): boolean {
  return a.kind === b.kind && a.owner === b.owner && a.ref === b.ref;
}
