import type { Checksum } from '../../base/checksum.ts';

/** How far back a ref keeps its history: so many parents, −1 for all of them. */
export type Depth = number;

export interface PruneOptions {
  /** Only what refs lead to is kept. Default false: what any commit leads to is, so that only orphans go. */
  readonly refsOnly?: boolean | undefined;
  /** Parents kept of each ref (or commit). Default −1: all. */
  readonly depth?: Depth | undefined;
  /** Refs keep their newest commit and those not older than this. Implies `refsOnly`. */
  readonly keepYoungerThanSeconds?: bigint | undefined;
  /** Only these refs lose commits, the others keep all. Implies `refsOnly`. */
  readonly onlyBranches?: readonly string[] | undefined;
  /** Refs that keep another number of parents than `depth` says; 0 is as if it were not there, as in ostree. Implies `refsOnly`. */
  readonly retainBranchDepth?: ReadonlyMap<string, Depth> | undefined;
  /** Looks at commit objects alone: what they led to stays for a later run. */
  readonly commitOnly?: boolean | undefined;
  /** Says what would go and changes nothing. */
  readonly noPrune?: boolean | undefined;
  /** A commit that no ref leads to directly; goes first. Sets `core.tombstone-commits`. A word that is no checksum is not found. */
  readonly deleteCommit?: string | undefined;
  /** With `deleteCommit`: the commit stays, static deltas from and to it go. */
  readonly staticDeltasOnly?: boolean | undefined;
  /** Told when this engine cannot exclude foreign `ostree` processes. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

export interface PruneOutcome {
  /** Objects that there were: files, dirtrees, dirmetas, commits, payload links and such; with `commitOnly` commits. */
  readonly objectsTotal: number;
  /** Objects deleted, or with `noPrune` those that would be. */
  readonly objectsPruned: number;
  /** What they took, and payload links that were looked at and stay, as ostree counts. */
  readonly bytesFreed: number;
  readonly commitsPruned: number;
  /** Static deltas whose target is gone, and those of a deleted commit: their directories. */
  readonly deltasPruned: readonly string[];
  readonly deletedCommit: Checksum | undefined;
}
