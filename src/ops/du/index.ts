/** The verb `du`: what each ref and each deployment holds alone, and what it shares. */
import type { Checksum } from '../../base/checksum.ts';
import type { Commit } from '../../format/object/commit.ts';
import { readVerifiedCommits } from '../../repo/commit-reader.ts';
import { withRepoLock } from '../../repo/lock.ts';
import { ObjectTable } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { listRefs } from '../../repo/refs.ts';
import type { RefEntry } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';
import { deploymentPath, findDeployments } from './deployments.ts';
import type { Deployment, FoundDeployments } from './deployments.ts';
import { Holdings } from './holdings.ts';
import type { Amount, Holding } from './holdings.ts';
import { LinkedInodes } from './linked-inodes.ts';
import { countOwnFiles } from './own-files.ts';
import type { OwnFiles } from './own-files.ts';

export type { Deployment } from './deployments.ts';
export { Holdings } from './holdings.ts';
export type { Amount, Holding } from './holdings.ts';
export type { OwnFiles } from './own-files.ts';

export interface DuOptions {
  /** Parents that count as held by a ref. Default −1: its whole history. */
  readonly depth?: number | undefined;
}

export interface RefUsage extends Holding {
  readonly refspec: string;
  /** The collection of a mirrored ref, else undefined. */
  readonly collectionId: string | undefined;
  readonly checksum: Checksum;
  /** Commits of its history that are in the repository or a parent of it. */
  readonly commits: number;
}

/** A deployment holds its commit alone, without parents. */
export interface DeploymentUsage extends Deployment, Holding {
  /** Files in it that are not in the repository; no holding has them. */
  readonly own: OwnFiles;
}

export interface DuOutcome {
  /**
   * Sorted by what they hold alone, the most first. Aliases are left out: they hold nothing themselves. So are
   * libostree's refs of its deployments (`ostree/0/1/0`), where these are told.
   */
  readonly refs: readonly RefUsage[];
  /** Those of the sysroot whose `ostree/repo` the repository is, sorted as refs are; empty elsewhere. */
  readonly deployments: readonly DeploymentUsage[];
  readonly repository: Amount;
  /** What several refs or deployments hold. */
  readonly shared: Amount;
  /** What no ref and no deployment holds. */
  readonly unreferenced: Amount;
}

type RefHolder = Omit<RefUsage, keyof Holding>;

const DEPLOYMENT_REF = /^ostree\/[01]\/[01]\/\d+$/;

/**
 * Measures the loose objects of the repository by refs and deployments, in bytes of their files. Objects of parent
 * repositories count nothing, and so does a dirtree that is missing. Throws OBJECT_CORRUPT for a damaged commit or dirtree.
 */
export async function du(context: OperationContext, options: DuOptions = {}): Promise<DuOutcome> {
  const { repo, signal } = context;
  return withRepoLock(repo, 'shared', async () => measure(context, options), { signal });
}

async function measure(context: OperationContext, { depth = -1 }: DuOptions): Promise<DuOutcome> {
  const table = await ObjectTable.list(context, { sizes: true });
  const holdings = new Holdings(context, table);
  const found = findDeployments(context.repo.path);
  const refs = await addRefs(context, holdings, { depth, deployments: found?.deployments ?? [] });
  const deployments = found === undefined ? [] : await addDeployments(context, holdings, found);
  const held = holdings.holdings();
  return {
    refs: withHoldings(refs, held),
    deployments: withHoldings(deployments, held.slice(refs.length)),
    repository: { objects: table.size, bytes: table.sizesByOrdinal().reduce((sum, size) => sum + size, 0) },
    shared: holdings.shared(),
    unreferenced: holdings.unheld(),
  };
}

interface AddRefsOptions {
  readonly depth: number;
  readonly deployments: readonly Deployment[];
}

async function addRefs(context: OperationContext, holdings: Holdings, { depth, deployments }: AddRefsOptions): Promise<RefHolder[]> {
  const { repo, progress } = context;
  const deployed = new Set(deployments.map(({ checksum }) => checksum));
  const added: RefHolder[] = [];
  for (const { refspec, collectionId, checksum } of heldRefs(repo)) {
    if (checksum === undefined) continue;
    if (collectionId === undefined && deployed.has(checksum) && DEPLOYMENT_REF.test(refspec)) continue;
    let commits = 0;
    await holdings.add(counting(history(repo, checksum, depth), () => (commits += 1)));
    added.push({ refspec, collectionId, checksum, commits });
    progress?.({ phase: 'du', filesDone: added.length, bytesDone: 0 });
  }
  return added;
}

async function addDeployments(
  context: OperationContext,
  holdings: Holdings,
  { home, deployments }: FoundDeployments,
): Promise<Omit<DeploymentUsage, keyof Holding>[]> {
  const { repo, engine, signal } = context;
  const objects = await LinkedInodes.scan(context);
  const added: Omit<DeploymentUsage, keyof Holding>[] = [];
  for (const deployment of deployments) {
    await holdings.add(history(repo, deployment.checksum, 0));
    added.push({ ...deployment, own: await countOwnFiles({ engine, objects, signal }, home, deploymentPath(deployment)) });
  }
  return added;
}

/** Each holder with what it holds, sorted by what it holds alone. */
function withHoldings<Holder extends object>(holders: readonly Holder[], held: readonly Holding[]): (Holder & Holding)[] {
  const joined = holders.flatMap((holder, index) => {
    const holding = held[index];
    return holding === undefined ? [] : [{ ...holder, ...holding }];
  });
  return joined.toSorted((a, b) => b.alone.bytes - a.alone.bytes);
}

function heldRefs(repo: Repo): RefEntry[] {
  return [...listRefs(repo), ...listRefs(repo, { kind: 'mirrors' })].filter(({ alias }) => alias === undefined);
}

function* history(repo: Repo, start: Checksum, depth: number): Generator<readonly [Checksum, Commit]> {
  let next: Checksum | undefined = start;
  for (let left = depth; next !== undefined; left -= 1) {
    const [commit]: (Commit | undefined)[] = readVerifiedCommits(repo, [next]);
    if (commit === undefined) return;
    yield [next, commit];
    next = left === 0 ? undefined : commit.parent;
  }
}

function* counting<T>(items: Iterable<T>, count: () => void): Generator<T> {
  for (const item of items) {
    count();
    yield item;
  }
}
