import type { DuOutcome, RefUsage } from '../../ops/du/index.ts';
import { byteAmount } from './byte-amount.ts';
import { formatTable } from './table.ts';

/** A ref as people know it; one of a collection with that in front. */
export function refTitle({ collectionId, refspec }: Pick<RefUsage, 'collectionId' | 'refspec'>): string {
  return collectionId === undefined ? refspec : `(${collectionId}, ${refspec})`;
}

/** The table of `du`, and what belongs to no single ref. */
export function duText({ refs, repository, shared, unreferenced }: DuOutcome): string {
  const rows = refs.map((ref) => {
    const { alone, total, commits } = ref;
    return [byteAmount(alone.bytes), byteAmount(total.bytes - alone.bytes), byteAmount(total.bytes), String(commits), refTitle(ref)];
  });
  const table = formatTable([['ALONE', 'SHARED', 'TOTAL', 'COMMITS', 'REF'], ...rows], ['right', 'right', 'right', 'right', 'left']);
  return [
    table,
    `Repository: ${byteAmount(repository.bytes)} in ${repository.objects} objects\n`,
    `Shared by several refs: ${byteAmount(shared.bytes)}\n`,
    `Held by no ref: ${byteAmount(unreferenced.bytes)} in ${unreferenced.objects} objects\n`,
  ].join('');
}
