/** The verb `summary`: what refs a repository has, in one file for those who cannot list them. */
import { readFileSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { checksumFromBytes } from '../../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';
import { dictOrder } from '../../format/gvariant/dict-order.ts';
import { writeCommit } from '../../format/object/commit.ts';
import type { MetadataEntry } from '../../format/object/commit.ts';
import { writeDirmeta } from '../../format/object/dirmeta.ts';
import { writeDirtree } from '../../format/object/dirtree.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { summaryPath } from '../../repo/layout.ts';
import type { LockOptions } from '../../repo/lock.ts';
import { withRepoLock } from '../../repo/lock.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { autoUpdateSummary, regenerateSummary } from '../../repo/regenerate-summary.ts';
import type { RegenerateOutcome } from '../../repo/regenerate-summary.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import { Transaction } from '../../repo/transaction.ts';

export { readCollections, readSummary, REF_KEY, SUMMARY_KEY, SUMMARY_TYPE } from '../../format/summary.ts';
export type { Summary, SummaryCollection, SummaryRef } from '../../format/summary.ts';

export interface SummaryOptions extends LockOptions {
  /** Added to the summary, and to the metadata commit of a repository with a collection. A later one of a key wins. */
  readonly metadata?: readonly MetadataEntry[] | undefined;
  /** The time of the metadata commit. Default: now. */
  readonly timestampSeconds?: bigint | undefined;
}

export interface SummaryOutcome extends RegenerateOutcome {
  /** The new commit of `ostree-metadata`; undefined where the repository has no collection. */
  readonly metadataCommit: Checksum | undefined;
}

/** The ref by which a collection tells its metadata to peers. */
const METADATA_REF = 'ostree-metadata';
const PLAIN_ROOT = { uid: 0, gid: 0, mode: 0o40755, xattrs: new Uint8Array(0) };
const EMPTY_DIRTREE = writeDirtree([], []);

/**
 * Writes the summary of what is there. A repository with a collection first gets a commit of an empty tree on
 * `ostree-metadata` with the same metadata. Holds the shared lock; a signature of the old summary is removed.
 */
export async function updateSummary(context: OperationContext, options: SummaryOptions = {}): Promise<SummaryOutcome> {
  const { repo, signal } = context;
  const metadataCommit = repo.config.collectionId === undefined ? undefined : await commitMetadata(context, repo.config.collectionId, options);
  const regenerate = (): RegenerateOutcome => regenerateSummary(repo, { metadata: options.metadata });
  const outcome = await withRepoLock(repo, 'shared', regenerate, { notice: options.notice, signal });
  return { ...outcome, metadataCommit };
}

/** After a change of refs outside a transaction: updates the summary where `core.auto-update-summary` wants it. */
export async function renewSummary({ repo, signal }: OperationContext): Promise<void> {
  if (repo.config.autoUpdateSummary) await withRepoLock(repo, 'shared', () => autoUpdateSummary(repo), { signal });
}

/** The bytes of the summary that is there; PATH_NOT_FOUND when there is none. */
export function readSummaryBytes(repo: Repo): Uint8Array {
  const path = summaryPath(repo.path);
  try {
    return readFileSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const absent = errno === 'ENOENT';
    const words = absent ? `openat(summary): ${errnoWords(errno)}` : errnoWords(errno);
    const hint = absent ? { hint: 'Make one with `summary --update`.' } : {};
    throw new CoppiceError(absent ? 'PATH_NOT_FOUND' : 'SYSTEM', words, { facts: { path, errno }, cause: error, ...hint });
  }
}

async function commitMetadata({ repo, pool, signal }: OperationContext, collectionId: string, options: SummaryOptions): Promise<Checksum> {
  const parent = resolveRev(repo, METADATA_REF, { allowNoent: true });
  const transaction = await Transaction.begin(repo, pool, { notice: options.notice, signal });
  try {
    const rootMeta = transaction.storeMetadata(OBJECT_TYPE.dirmeta, writeDirmeta(PLAIN_ROOT));
    const rootTree = transaction.storeMetadata(OBJECT_TYPE.dirtree, EMPTY_DIRTREE);
    const bytes = writeCommit({
      metadata: metadataOfCommit(collectionId, options.metadata ?? []),
      ...(parent === undefined ? {} : { parent }),
      related: [],
      subject: '',
      body: '',
      timestampSeconds: options.timestampSeconds ?? BigInt(Math.floor(Date.now() / 1000)),
      rootTree: checksumFromBytes(rootTree),
      rootMeta: checksumFromBytes(rootMeta),
    });
    const checksum = checksumFromBytes(transaction.storeCommit(bytes));
    transaction.setRef(METADATA_REF, checksum);
    await transaction.commit();
    return checksum;
  } catch (error) {
    await transaction.abort();
    throw error;
  }
}

function metadataOfCommit(collectionId: string, metadata: readonly MetadataEntry[]): MetadataEntry[] {
  return dictOrder([
    ...metadata,
    ['ostree.collection-binding', { type: 's', value: collectionId }],
    ['ostree.ref-binding', { type: 'as', value: [METADATA_REF] }],
  ]);
}
