/** The verb `commit`: directories and commits laid over each other become one new commit. */
import { rmSync } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';
import type { Checksum } from '../../base/checksum.ts';
import { checksumFromBytes } from '../../base/checksum.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { writeCommit } from '../../format/object/commit.ts';
import type { MetadataEntry } from '../../format/object/commit.ts';
import { writeCommitmeta } from '../../format/object/commitmeta.ts';
import type { FileLabels } from '../../format/selinux/file-labels.ts';
import { hasObject, readCommitObject } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import { Transaction } from '../../repo/transaction.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { removeEmptyDirectories } from './consume.ts';
import { branchTip } from './branch-tip.ts';
import { openCommitIndex } from './commit-index.ts';
import type { CommitIndex } from './commit-index.ts';
import { commitMetadata, keptMetadata } from './commit-object.ts';
import type { MetadataOptions } from './commit-object.ts';
import { kernelMetadata } from './kernel-metadata.ts';
import type { DirectoryIds } from './directory-node.ts';
import { CommitModifier } from './modifier.ts';
import type { ModifierOptions } from './modifier.ts';
import { readArchives, rootLayers } from './source-layers.ts';
import type { PlanContext } from './plan-directory.ts';
import type { PendingLayer } from './source-layers.ts';
import { loadSelinuxLabels } from './selinux-labels.ts';
import { SizeLedger } from './size-ledger.ts';
import type { TarRules } from './tar/tar-importer.ts';
import type { TranslatePath } from './tar/tar-path.ts';
import { newTreeStats } from './tree-stats.ts';
import type { TreeStats } from './tree-stats.ts';
import { writeTree } from './write-tree.ts';

/** One tree to commit; later ones are laid over earlier ones. */
export type TreeSource =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'commit'; readonly rev: string }
  /** A tar archive, perhaps in gzip, xz, zstd or bzip2; an empty path or `-` is the standard input. */
  | { readonly kind: 'tar'; readonly path: string };

export interface TarOptions {
  /** Makes directories that an archive does not tell of, owned as the entry that needs them. */
  readonly createParents?: boolean | undefined;
  /** Changes the path of each entry and of what hardlinks name. Gets no slash at the start; a directory may have one at its end. */
  readonly translatePath?: TranslatePath | undefined;
}

export interface CommitOptions extends MetadataOptions {
  /** The ref to move, `name` or `remote:name`; absent for an orphan commit. */
  readonly branch?: string | undefined;
  /** Default: the branch's current commit. `none` starts a new history. */
  readonly parent?: Checksum | 'none' | undefined;
  readonly subject?: string | undefined;
  readonly body?: string | undefined;
  /** Seconds since 1970, UTC. Default: now. */
  readonly timestampSeconds?: bigint | undefined;
  readonly detachedMetadata?: readonly MetadataEntry[] | undefined;
  /** A commit to start from; no modifier applies to its files. */
  readonly base?: string | undefined;
  readonly modifier?: ModifierOptions | undefined;
  /** Labels everything by the SELinux policy of the root file system at this path; a file without one there keeps what it has. */
  readonly selinuxPolicy?: string | undefined;
  /** Labels by the policy of `base`, or else of the first source, which may be no archive; a commit has it in `/usr/etc`. */
  readonly selinuxPolicyFromBase?: boolean | undefined;
  /** Tells the kernel of the tree in the metadata; a tree that has none, or several, is refused. */
  readonly bootable?: boolean | undefined;
  /** Writes nothing when the tree equals the parent's. */
  readonly skipIfUnchanged?: boolean | undefined;
  /** Deletes the source directories as they are committed. */
  readonly consume?: boolean | undefined;
  /** How archives among the sources are read. */
  readonly tar?: TarOptions | undefined;
  readonly generateSizes?: boolean | undefined;
  /**
   * Takes hardlinks into the repository for the objects they are: `known` unless a modifier is set, `always`. By default what
   * `core.devino-canonical` says.
   */
  readonly hardlinks?: 'read' | 'known' | 'always' | undefined;
  /** False reads every file, whatever the stat index knows. Default true. */
  readonly useIndex?: boolean | undefined;
  /** Reads what the stat index would have answered, commits the truth and counts the lies. Default false. */
  readonly verifyIndex?: boolean | undefined;
  /** Told of each file or directory that the stat index has wrong. */
  readonly onIndexLie?: ((path: RelativePath) => void) | undefined;
  readonly fsync?: boolean | undefined;
  /** Told once every file is stored: the pool has little to do from then on. */
  readonly onFilesStored?: (() => void) | undefined;
  /** Test hook: fails just before the refs move. */
  readonly failBeforeRefs?: boolean | undefined;
  /** Told once when foreign processes cannot be excluded. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

export interface CommitOutcome {
  readonly checksum: Checksum;
  /** True when `skipIfUnchanged` found nothing new; `checksum` is then the parent's. */
  readonly unchanged: boolean;
  readonly metadataTotal: number;
  readonly metadataWritten: number;
  readonly contentTotal: number;
  readonly contentWritten: number;
  readonly contentCacheHits: number;
  /** Files that needed no reading: hardlinks into the repository, or known by the stat index. */
  readonly contentKnown: number;
  readonly contentBytesWritten: number;
  /** With `verifyIndex`: answers of the stat index that were compared with the files, and those that were wrong. */
  readonly indexVerified: number;
  readonly indexLies: number;
  readonly filesRead: number;
  readonly bytesRead: number;
}

/** Commits the sources; on any failure the repository is as it was. */
export async function commitTree(
  context: OperationContext,
  sources: readonly TreeSource[],
  options: CommitOptions = {},
): Promise<CommitOutcome> {
  const { repo } = context;
  const parent = findParent(repo, options);
  const kept = keptMetadata(repo, options, parent);
  const labels = await loadSelinuxLabels(repo, sources, options);
  const layers = rootLayers(repo, sources, { options, labels });
  const transaction = await Transaction.begin(repo, context.pool, {
    fsync: options.fsync,
    signal: context.signal,
    failBeforeRefs: options.failBeforeRefs,
    notice: options.notice,
    payloadLinks: new CommitModifier(effectiveModifier(repo, options.modifier ?? {})).keepsXattrs, // as in libostree
  });
  try {
    const decided = { ...options, hardlinks: options.hardlinks ?? defaultHardlinks(repo, options, labels) };
    return await commitLayers(context, transaction, { layers, parent, kept, options: decided, labels });
  } catch (error) {
    await transaction.abort();
    throw error;
  }
}

interface CommitWork {
  readonly layers: readonly PendingLayer[];
  readonly parent: Checksum | undefined;
  readonly kept: readonly MetadataEntry[];
  readonly options: CommitOptions;
  readonly labels: FileLabels | undefined;
}

async function commitLayers(context: OperationContext, transaction: Transaction, work: CommitWork): Promise<CommitOutcome> {
  const index = work.labels === undefined ? openCommitIndex(context.repo, work.layers, work.options) : undefined;
  try {
    const { outcome, isStored } = await writeLayers(context, transaction, { ...work, index });
    if (isStored) index?.finish(outcome.checksum);
    else index?.discard();
    return outcome;
  } catch (error) {
    index?.discard();
    throw error;
  }
}

/** `isStored` tells whether the repository has all objects of the tree; a commit that is not made leaves out what it lacked. */
async function writeLayers(
  context: OperationContext,
  transaction: Transaction,
  work: CommitWork & { readonly index: CommitIndex | undefined },
): Promise<{ readonly outcome: CommitOutcome; readonly isStored: boolean }> {
  const { repo, engine } = context;
  const { parent, options, index } = work;
  const modifier = new CommitModifier(effectiveModifier(repo, options.modifier ?? {}), work.labels);
  if (modifier.skipsRoot) throw new CoppiceError('PATH_INVALID', "Can't commit an empty tree");
  const sizes = openLedger(repo, transaction, options);
  const leftOut: string[] = [];
  const plan = { repo, engine, modifier, hardlinks: useOfHardlinks(repo, modifier, options), index };
  const stats = newTreeStats();
  const layers = await readArchives(context, work.layers, { transaction, stats, sizes, rules: tarRules(repo, modifier, options) });
  const root = await writeTree(context, plan, {
    transaction,
    layers,
    stats,
    options: {
      consume: options.consume === true,
      leftOut: options.consume === true ? (path) => leftOut.push(path) : undefined,
      sizes,
      onIndexLie: options.onIndexLie,
    },
  });
  options.onFilesStored?.();
  modifier.assertAllMatched();
  if (options.skipIfUnchanged === true && parent !== undefined && hasRoot(repo, parent, root)) {
    await transaction.abort();
    const { indexVerified, indexLies } = stats;
    const hasLacked = stats.contentWritten + transaction.metadataWritten > 0;
    return { outcome: { checksum: parent, unchanged: true, ...NOTHING, indexVerified, indexLies }, isStored: !hasLacked };
  }
  const checksum = await finishCommit(transaction, { ...work, repo, root, sizes });
  if (options.consume === true) removeConsumed(layers, leftOut);
  return { outcome: { checksum, unchanged: false, ...countsOf(transaction, stats) }, isStored: true };
}

async function finishCommit(
  transaction: Transaction,
  parts: CommitWork & { readonly repo: Repo; readonly root: DirectoryIds; readonly sizes: SizeLedger | undefined },
): Promise<Checksum> {
  const { repo, root, sizes, parent, kept, options } = parts;
  if (options.bootable === true) await transaction.flush();
  const kernel = options.bootable === true ? kernelMetadata(transaction, root.tree) : [];
  const bytes = writeCommit({
    metadata: commitMetadata(repo, options, { kernel, kept, branch: options.branch, sizes }),
    ...(parent === undefined ? {} : { parent }),
    related: [],
    subject: options.subject ?? '',
    body: options.body ?? '',
    timestampSeconds: options.timestampSeconds ?? BigInt(Math.floor(Date.now() / 1000)),
    rootTree: checksumFromBytes(root.tree),
    rootMeta: checksumFromBytes(root.meta),
  });
  const checksum = checksumFromBytes(transaction.storeCommit(bytes));
  const detached = options.detachedMetadata ?? [];
  if (detached.length > 0) transaction.writeDetachedMetadata(checksum, writeCommitmeta(detached));
  if (options.branch !== undefined) transaction.setRef(options.branch, checksum);
  await transaction.commit();
  return checksum;
}

function findParent(repo: Repo, options: CommitOptions): Checksum | undefined {
  if (options.parent === 'none') return undefined;
  if (options.parent !== undefined) return options.parent;
  return options.branch === undefined ? undefined : branchTip(repo, options.branch);
}

/** bare-user-only repositories hold canonical permissions and no xattrs, whatever the caller asks. */
function effectiveModifier(repo: Repo, options: ModifierOptions): ModifierOptions {
  const canonicalPermissions = options.canonicalPermissions === true || repo.mode === 'bare-user-only';
  return { ...options, canonicalPermissions, noXattrs: options.noXattrs === true || repo.config.disableXattrs };
}

/** Unlike with directories, canonical permissions leave the xattrs of an archive's files. */
function tarRules(repo: Repo, modifier: CommitModifier, { modifier: { noXattrs } = {}, tar = {} }: CommitOptions): TarRules {
  const keepsXattrs = noXattrs !== true && !repo.config.disableXattrs && repo.mode !== 'bare-user-only';
  return { modifier, keepsXattrs, createsParents: tar.createParents === true, translatePath: tar.translatePath };
}

/** The repository's owner has decided for commits that take what is there as it is. */
function defaultHardlinks({ config }: Repo, { modifier = {} }: CommitOptions, labels: FileLabels | undefined): CommitOptions['hardlinks'] {
  if (!config.devinoCanonical) return 'read';
  const { isIdentity, keepsXattrs } = new CommitModifier(modifier, labels); // a policy changes files, too
  return isIdentity && keepsXattrs ? 'always' : 'known';
}

/** With a modifier set, the object of a hardlink tells the owner, mode and xattrs that it changes. */
function useOfHardlinks(repo: Repo, modifier: CommitModifier, { hardlinks = 'read' }: CommitOptions): PlanContext['hardlinks'] {
  if (hardlinks === 'read' || repo.mode === 'archive') return 'read';
  if (hardlinks === 'always' || (modifier.isIdentity && modifier.keepsXattrs)) return 'take';
  return repo.mode === 'bare-user' || (repo.mode === 'bare' && modifier.keepsXattrs) ? 'ask' : 'read';
}

/** Sizes are told of archive repositories only, as in libostree. */
function openLedger(repo: Repo, transaction: Transaction, options: CommitOptions): SizeLedger | undefined {
  if (options.generateSizes !== true || repo.mode !== 'archive') return undefined;
  return new SizeLedger([transaction.target.destination, ...repo.objectSource.objects]);
}

function hasRoot(repo: Repo, commit: Checksum, root: DirectoryIds): boolean {
  if (!hasObject(repo, OBJECT_TYPE.commit, commit)) return false;
  const { rootTree, rootMeta } = readCommitObject(repo, commit);
  return rootTree === checksumFromBytes(root.tree) && rootMeta === checksumFromBytes(root.meta);
}

function removeConsumed(layers: readonly PendingLayer[], leftOut: readonly string[]): void {
  for (const path of leftOut) rmSync(path, { force: true, recursive: true });
  for (const layer of layers) if (layer.kind === 'files') removeEmptyDirectories(layer.root);
}

const NOTHING = {
  metadataTotal: 0, metadataWritten: 0, contentTotal: 0, contentWritten: 0,
  contentCacheHits: 0, contentKnown: 0, contentBytesWritten: 0,
  indexVerified: 0, indexLies: 0, filesRead: 0, bytesRead: 0,
};

function countsOf(transaction: Transaction, stats: TreeStats): typeof NOTHING {
  return {
    ...stats,
    metadataTotal: stats.metadataTotal + 1,
    metadataWritten: transaction.metadataWritten,
  };
}
