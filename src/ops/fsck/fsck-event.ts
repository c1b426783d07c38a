import type { Checksum } from '../../base/checksum.ts';
import type { Problem } from './problem.ts';

/** A problem and the commits that hold the object, oldest first; none where a ref led to it. */
export interface FoundProblem {
  readonly problem: Problem;
  readonly commits: readonly Checksum[];
}

/** What happens, as it happens. */
export type FsckEvent =
  | { readonly kind: 'refs' | 'collection-refs' | 'commits' }
  /** The content of so many commits is verified now. */
  | { readonly kind: 'content'; readonly commits: number }
  /** First told when the number of objects is known. */
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'problem'; readonly found: FoundProblem }
  | { readonly kind: 'repaired'; readonly problem: Problem; readonly source: string }
  /** Marked, or complete again. */
  | { readonly kind: 'partial' | 'complete'; readonly commit: Checksum }
  /** A commit that is gone got a tombstone. */
  | { readonly kind: 'tombstone'; readonly commit: Checksum };
