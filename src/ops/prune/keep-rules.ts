import type { Checksum } from '../../base/checksum.ts';
import { listRefs, readRefAt } from '../../repo/refs.ts';
import type { RefEntry } from '../../repo/refs.ts';
import { locateCollectionRef, locateRefspec } from '../../repo/ref-location.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Depth, PruneOptions } from './prune-options.ts';

/** A commit to keep, and how much of its history with it. */
export interface KeepRule {
  readonly commit: Checksum;
  /** `young` keeps parents for as long as they are not older than `keepYoungerThanSeconds`. */
  readonly history: Depth | 'young';
}

/** A ref of any kind and the commit that it leads to. */
export interface KnownRef {
  readonly refspec: string;
  readonly collectionId: string | undefined;
  readonly checksum: Checksum;
}

/** Whether refs alone say what is kept. */
export function goesByRefs(options: PruneOptions): boolean {
  return options.refsOnly === true || selects(options);
}

/** Refs in heads, remotes and mirrors. Throws REF_INVALID for a file that holds no checksum: what it led to is unknown. */
export function readKnownRefs(repo: Repo): KnownRef[] {
  const entries = [...listRefs(repo), ...listRefs(repo, { kind: 'mirrors' })];
  return entries.flatMap((entry) => {
    const { refspec, collectionId } = entry;
    const checksum = entry.checksum ?? readBroken(repo, entry);
    return checksum === undefined ? [] : [{ refspec, collectionId, checksum }];
  });
}

function readBroken(repo: Repo, { refspec, collectionId }: RefEntry): Checksum | undefined {
  return readRefAt(repo, collectionId === undefined ? locateRefspec(refspec) : locateCollectionRef(collectionId, refspec));
}

/** What each ref keeps. Throws REF_NOT_FOUND for a branch in `onlyBranches` that does not resolve. */
export function keepRules(repo: Repo, refs: readonly KnownRef[], options: PruneOptions): KeepRule[] {
  const { onlyBranches = [] } = options;
  for (const branch of onlyBranches) resolveRev(repo, branch);
  const only = new Set(onlyBranches);
  return refs.map((ref) => ({ commit: ref.checksum, history: historyOf(ref, only, options) }));
}

/** In libostree's order: an own depth, else all for a ref not selected, else age, else the depth for all. */
function historyOf(ref: KnownRef, only: ReadonlySet<string>, options: PruneOptions): Depth | 'young' {
  const { depth = -1, retainBranchDepth, keepYoungerThanSeconds } = options;
  const own = ref.collectionId === undefined ? retainBranchDepth?.get(ref.refspec) : undefined;
  if (own !== undefined && own !== 0) return own;
  const selected = only.size === 0 || own === 0 || (ref.collectionId === undefined && only.has(ref.refspec));
  if (!selected) return -1;
  return keepYoungerThanSeconds === undefined ? depth : 'young';
}

function selects(options: PruneOptions): boolean {
  const { keepYoungerThanSeconds, onlyBranches, retainBranchDepth } = options;
  return keepYoungerThanSeconds !== undefined || (onlyBranches?.length ?? 0) > 0 || (retainBranchDepth?.size ?? 0) > 0;
}
