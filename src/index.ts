/**
 * The public API: open a repository, commit trees, check them out.
 *
 * @example
 * const session = openRepo('/srv/repo');
 * const { checksum } = await commitTree(session, [{ kind: 'directory', path: '/srv/tree' }], { branch: 'os/main' });
 * await checkoutTree(session, { commit: checksum, destination: '/srv/checkout' }, { userMode: true });
 * await session.close();
 */
import type { Pool } from './pool/task.ts';
import type { OperationContext } from './repo/operation-context.ts';
import { Repo } from './repo/repo.ts';
import { createRuntime } from './runtime.ts';
import type { RuntimeOptions } from './runtime.ts';

export { CoppiceError, isCoppiceError } from './base/errors.ts';
export type { ErrorCode, Facts } from './base/errors.ts';
export { isChecksum, parseChecksum } from './base/checksum.ts';
export type { Checksum } from './base/checksum.ts';
export type { Progress, ProgressSink } from './base/progress.ts';
export type { Engine, EngineName, StoreMode } from './engine/engine.ts';
export { checkoutTree, updateCheckout } from './ops/checkout/index.ts';
export type { CheckoutOptions, CheckoutOutcome, UpdateEvent, UpdateOptions, UpdateOutcome } from './ops/checkout/index.ts';
export { commitTree } from './ops/commit/index.ts';
export type { CommitOptions, CommitOutcome, TarOptions, TreeSource } from './ops/commit/index.ts';
export { createUsb } from './ops/create-usb/index.ts';
export type { CreateUsbOptions, CreateUsbOutcome, CreateUsbSubject, DriveRef } from './ops/create-usb/index.ts';
export { findRemotes } from './ops/find-remotes/index.ts';
export type { Finder, FindRemotesOptions, FoundRemote } from './ops/find-remotes/index.ts';
export { pullLocal } from './ops/pull-local/index.ts';
export type { PulledRef, PullLocalOptions, PullLocalOutcome, WantedCollectionRef } from './ops/pull-local/index.ts';
export { fsck, openRepairSource } from './ops/fsck/index.ts';
export type { FsckEvent, FsckOptions, FsckOutcome, RepairSource } from './ops/fsck/index.ts';
export { du } from './ops/du/index.ts';
export type { Amount, Deployment, DeploymentUsage, DuOptions, DuOutcome, Holding, OwnFiles, RefUsage } from './ops/du/index.ts';
export { estimate } from './ops/gc/index.ts';
export type { DoomedCommit, EstimateOutcome } from './ops/gc/index.ts';
export { prune } from './ops/prune/index.ts';
export type { Depth, PruneOptions, PruneOutcome } from './ops/prune/index.ts';
export { updateSummary } from './ops/summary/index.ts';
export type { SummaryOptions, SummaryOutcome } from './ops/summary/index.ts';
export { exportTree } from './ops/export/index.ts';
export type { ByteSink, ExportOptions, ExportOutcome } from './ops/export/index.ts';
export type { OperationContext } from './repo/operation-context.ts';
export type { CollectionRef } from './repo/collection-refs.ts';
export { createRepo } from './repo/create-repo.ts';
export { listRefs, readRef } from './repo/refs.ts';
export { Repo } from './repo/repo.ts';
export { resolveRev } from './repo/resolve-rev.ts';
export { createRuntime } from './runtime.ts';
export type { Runtime, RuntimeOptions } from './runtime.ts';

/** An open repository with the engine and threads that work on it. */
export interface RepositorySession extends OperationContext {
  readonly pool: Pool;
  /** Stops the worker threads; the session is of no use afterwards. */
  close(): Promise<void>;
}

/** Opens the repository at `path`. Throws NOT_A_REPOSITORY, REPO_UNSUPPORTED or CAPABILITY_MISSING. */
export function openRepo(path: string, options: RuntimeOptions & Pick<OperationContext, 'progress' | 'signal'> = {}): RepositorySession {
  const { engine, pool } = createRuntime(options);
  const repo = Repo.open(path, engine);
  return { repo, engine, pool, progress: options.progress, signal: options.signal, close: () => pool.close() };
}
