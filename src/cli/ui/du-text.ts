import type { DuOutcome } from '../../ops/du/index.ts';
import { byteAmount } from './byte-amount.ts';
import { duRows, ownTotal } from './du-rows.ts';
import type { HolderWords } from './du-rows.ts';
import { formatTable } from './table.ts';

/** The table of `du`, and what belongs to no single holder. */
export function duText(outcome: DuOutcome, { one, several }: HolderWords): string {
  const { repository, shared, unreferenced, deployments } = outcome;
  const heads = ['ALONE', 'SHARED', 'TOTAL', 'COMMITS', ...(deployments.length > 0 ? ['OWN FILES', 'REF OR DEPLOYMENT'] : ['REF'])];
  const rows = duRows(outcome).map(({ cells, title }) => [...cells, title]);
  const alignments = heads.map((_, column) => (column === heads.length - 1 ? 'left' : 'right'));
  return [
    formatTable([heads, ...rows], alignments),
    `Repository: ${byteAmount(repository.bytes)} in ${repository.objects} objects\n`,
    `Shared by several ${several}: ${byteAmount(shared.bytes)}\n`,
    `Held by no ${one}: ${byteAmount(unreferenced.bytes)} in ${unreferenced.objects} objects\n`,
    ...ownLines(outcome),
  ].join('');
}

function ownLines(outcome: DuOutcome): string[] {
  if (outcome.deployments.length === 0) return [];
  const { files, bytes, unreadDirectories } = ownTotal(outcome);
  const unread = unreadDirectories === 0 ? [] : [`Directories that could not be read: ${unreadDirectories}\n`];
  return [`Own files of deployments: ${byteAmount(bytes)} in ${files} files\n`, ...unread];
}
