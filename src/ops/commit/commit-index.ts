import { statSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isPartialCommit } from '../../repo/commit-state.ts';
import { ContentPresence } from '../../repo/content-presence.ts';
import type { Repo } from '../../repo/repo.ts';
import { inodeOf } from '../../engine/inode-of.ts';
import { STAT } from '../../engine/engine.ts';
import type { DirectoryListing, IngestTreeStep, TreeMemory } from '../../engine/engine.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import { DeviceTrust, TRUSTED_FILE_SYSTEMS } from '../../repo/stat-index/file-system-trust.ts';
import { StatIndex } from '../../repo/stat-index/stat-index.ts';
import type { KnownDirectory } from '../../repo/stat-index/stat-index.ts';
import { branchTip } from './branch-tip.ts';
import type { CommitOptions } from './index.ts';
import type { FilesLayer } from './layer.ts';
import { knownContent } from './observation.ts';
import type { KnownContent, Observation } from './observation.ts';
import type { PendingLayer } from './source-layers.ts';

/**
 * The stat index as one commit uses it: it answers only with objects that are there. With `verifies` its answers are
 * compared with the files and not used.
 */
export class CommitIndex {
  readonly #repo: Repo;
  readonly #presence: ContentPresence;
  readonly #index: StatIndex;
  /** Whether every object of the index's commit is in the repository. */
  readonly isComplete: boolean;
  readonly verifies: boolean;
  readonly #trust = new DeviceTrust();

  constructor(repo: Repo, index: StatIndex, settings: { readonly isComplete: boolean; readonly verifies: boolean }) {
    this.#repo = repo;
    this.#presence = new ContentPresence(repo);
    this.#index = index;
    this.isComplete = settings.isComplete;
    this.verifies = settings.verifies;
  }

  /** Whether nothing can be known of the directory `root`: there was no index, or it tells of another directory, which lay there before. */
  isNewTo(root: string): boolean {
    const self = this.#index.isNew ? undefined : this.recordOf(parseRelativePath(''))?.self;
    if (self === undefined) return true;
    const found = statSync(root, { bigint: true, throwIfNoEntry: false });
    return found === undefined || found.dev !== BigInt(self[STAT.device] ?? 0) || found.ino !== inodeOf(self, 0);
  }

  /** How many directories are remembered. */
  get directories(): number {
    return this.#index.directories;
  }

  /** A moment before anything was listed, in milliseconds since 1970. */
  get listedAtMilliseconds(): number {
    return this.#index.openedAtMilliseconds;
  }

  /** What is remembered of the directory. */
  recordOf(path: RelativePath): DirectoryRecord | undefined {
    return this.knownOf(path)?.record;
  }

  /** The same, and where it is remembered. */
  knownOf(path: RelativePath): KnownDirectory | undefined {
    return this.#index.lookup(path);
  }

  /** Which rows of the listing have content that is known and stored. */
  contentOf(listing: DirectoryListing, record: DirectoryRecord | undefined): KnownContent {
    const known = knownContent(listing, record);
    if (this.isComplete) return known;
    return (row) => {
      const checksum = known(row);
      return checksum !== undefined && this.#presence.has(checksum) ? checksum : undefined;
    };
  }

  /** Whether ctimes of the device that holds the entry can be trusted. */
  trusts(device: number, layer: FilesLayer, name: string): boolean {
    return this.#trust.has(device, () => `${layer.root}/${joinRelative(layer.path, name)}`);
  }

  observation(seen: Omit<Observation, 'listedAtMilliseconds'>): Observation {
    return { listedAtMilliseconds: this.#index.openedAtMilliseconds, ...seen };
  }

  remember(path: RelativePath, record: DirectoryRecord | undefined): void {
    if (record !== undefined) this.#index.record(path, record);
  }

  /** Nothing at or below the directory has changed: what was remembered stays. */
  rememberUnchanged(path: RelativePath): void {
    this.#index.keep(path);
  }

  /** The same of many directories, by where their records begin. */
  rememberAllUnchanged(offsets: Float64Array): void {
    this.#index.keepAll(offsets);
  }

  /** What an engine is told that commits the whole tree by itself. */
  get treeMemory(): TreeMemory {
    return {
      ...this.#index.file,
      stored: this.isComplete ? undefined : this.#repo.objectSource,
      listedAtMilliseconds: this.#index.openedAtMilliseconds,
      trustedFileSystems: Float64Array.from(TRUSTED_FILE_SYSTEMS),
    };
  }

  /** Takes what an engine that commits the whole tree has learned, and where in the file that lies which stays. */
  take({ records, keptRecords }: Pick<IngestTreeStep, 'records' | 'keptRecords'>): void {
    this.#index.append(records);
    this.#index.keepAll(keptRecords);
  }

  finish(commit: Checksum): void {
    this.#index.finish(commit);
  }

  discard(): void {
    this.#index.discard();
  }
}

/** The index of a commit of one directory, unless it is to be consumed or every file has to be looked at. */
export function openCommitIndex(repo: Repo, layers: readonly PendingLayer[], options: CommitOptions): CommitIndex | undefined {
  const [only] = layers;
  if (options.useIndex === false || options.consume === true || options.generateSizes === true) return undefined;
  if (layers.length !== 1 || only?.kind !== 'files') return undefined;
  const index = StatIndex.open(repo, only.root, fingerprint(repo, options));
  if (index === undefined) return undefined;
  const isComplete = index.isStoreSame && isHeldByRef(repo, index.commit, options.branch);
  return new CommitIndex(repo, index, { isComplete, verifies: options.verifyIndex === true });
}

/** All that changes the checksum of a file or a directory besides the tree. */
function fingerprint(repo: Repo, { modifier = {}, hardlinks }: CommitOptions): string {
  const { modeAdditions, modeOverrides, skip, ...plain } = modifier;
  const rules = [[...(modeAdditions ?? [])], [...(modeOverrides ?? [])], [...(skip ?? [])]];
  return JSON.stringify([repo.mode, repo.algorithm, repo.config.disableXattrs, hardlinks ?? 'read', plain, rules]);
}

/** A commit that the branch points at has all its objects, unless it is marked partial: nothing prunes them. */
function isHeldByRef(repo: Repo, commit: Checksum | undefined, branch: string | undefined): boolean {
  if (commit === undefined || branch === undefined) return false;
  return branchTip(repo, branch) === commit && !isPartialCommit(repo, commit);
}
