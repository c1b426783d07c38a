import type { OperationContext } from '../../repo/operation-context.ts';
import type { CommitLedger } from './commit-ledger.ts';
import type { FsckEvent } from './fsck-event.ts';
import type { Healer } from './repair/healer.ts';
import type { RepairSource } from './repair/repair-source.ts';

export interface FsckOptions {
  /** Goes on after an object that is not sound. Default false: the first one ends the run. */
  readonly all?: boolean | undefined;
  /** Removes corrupt objects and goes on; the commits that held one are marked partial. */
  readonly delete?: boolean | undefined;
  /** Leaves a tombstone for each parent commit that is not there, and sets `core.tombstone-commits`. */
  readonly addTombstones?: boolean | undefined;
  /** Refs must be among those that their commit names. */
  readonly verifyBindings?: boolean | undefined;
  /** Refs that a commit names must lead to it. ostree says that it implies `verifyBindings`, and does not do it. */
  readonly verifyBackRefs?: boolean | undefined;
  /** Replaces what is not sound by what these have, and verifies commits that an earlier run marked. Default: none. */
  readonly repairFrom?: readonly RepairSource[] | undefined;
  readonly report?: ((event: FsckEvent) => void) | undefined;
  /** Told when it deletes and cannot exclude foreign processes. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

/** One run: its context, its options decided, and what its steps share. */
export interface FsckRun {
  readonly context: OperationContext;
  readonly options: { readonly [Name in Exclude<keyof FsckOptions, 'report' | 'notice' | 'repairFrom'>]: boolean };
  readonly report: (event: FsckEvent) => void;
  readonly ledger: CommitLedger;
  /** Undefined for a run that repairs nothing. */
  readonly healer: Healer | undefined;
  /** Whether problems are gathered; else the first corrupt object ends the run. */
  readonly collects: boolean;
}
