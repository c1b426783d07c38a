import type { EstimateOutcome } from '../../ops/gc/index.ts';
import { byteAmount } from './byte-amount.ts';
import { formatTable } from './table.ts';

const SHOWN_DIGITS = 12;
const MILLISECONDS = 1000;
const LATEST_SECONDS = 8_640_000_000_000n;

/** What `gc --estimate` prints. */
export function estimateText({ commits, freed, shared, orphans, objectsTotal }: EstimateOutcome): string {
  const rows = commits.map(({ checksum, alone, total, timestampSeconds, refspec = '-', subject }) => [
    byteAmount(alone.bytes),
    byteAmount(total.bytes),
    checksum.slice(0, SHOWN_DIGITS),
    dayOf(timestampSeconds),
    refspec,
    subject.replaceAll(/\p{Cc}/gu, ' '),
  ]);
  const table = rows.length === 0 ? '' : formatTable([['ALONE', 'TOTAL', 'COMMIT', 'DATE', 'REF', 'SUBJECT'], ...rows], ['right', 'right']);
  const rest = rows.length === 0 ? '' : `Shared by several of these commits: ${byteAmount(shared.bytes)}\n`;
  return [
    table,
    rest,
    `Held by no commit: ${byteAmount(orphans.bytes)} in ${orphans.objects} objects\n`,
    `Would free ${byteAmount(freed.bytes)}: ${freed.objects} of ${objectsTotal} objects, ${commits.length} commits\n`,
  ].join('');
}

function dayOf(seconds: bigint): string {
  return seconds > LATEST_SECONDS ? '-' : new Date(Number(seconds) * MILLISECONDS).toISOString().slice(0, 10);
}
