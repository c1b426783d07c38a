import type { ImportBatch } from '../../engine/engine.ts';
import type { Commit } from '../../format/object/commit.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import type { Transaction } from '../../repo/transaction.ts';

export interface ImportPlaces {
  readonly context: OperationContext;
  readonly source: Repo;
  readonly transaction: Transaction;
  readonly settings: ImportSettings;
}

export type ImportSettings = Omit<ImportBatch, 'checksums'>;

export interface ImportTally {
  readonly linked: number;
  readonly copied: number;
  readonly bytesCopied: number;
}

/** Brings over what commits lead to, each object once and none that does not have the checksum it is named by. */
export interface TreeImporter {
  /** Content objects until now. */
  readonly tally: ImportTally;
  /** The tree of one commit, at least on its way. */
  importTree(commit: Pick<Commit, 'rootTree' | 'rootMeta'>): Promise<void>;
  /** Waits until everything is over; throws the first failure. */
  drain(): Promise<void>;
  /** Begins nothing more and waits for what runs; `reason` is what the caller tells. */
  abandon(reason: unknown): Promise<void>;
}
