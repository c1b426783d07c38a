import { calendarSeconds } from '../../format/calendar-time.ts';
import { swapU64 } from '../../format/big-endian.ts';
import { printVariant } from '../../format/gvariant/print.ts';
import type { Variant } from '../../format/gvariant/value.ts';
import type { MetadataEntry } from '../../format/object/commitmeta.ts';
import { findMetadata } from '../../format/object/commitmeta.ts';
import { readCollections, REF_KEY, SUMMARY_KEY } from '../../ops/summary/index.ts';
import type { Summary, SummaryRef } from '../../ops/summary/index.ts';
import { byteAmount } from './byte-amount.ts';
import { localTime } from './local-time.ts';

/** The summary as `summary --view` shows it: refs, those of other collections, then what is known by name, then the rest. */
export function* summaryText(summary: Summary): Generator<string> {
  const main = findMetadata(summary.metadata, SUMMARY_KEY.collectionId);
  const collectionId = typeof main?.value === 'string' ? main.value : undefined;
  for (const ref of summary.refs) yield refText(ref, collectionId);
  for (const { collectionId: other, refs } of readCollections(summary)) for (const ref of refs) yield refText(ref, other);
  for (const entry of summary.metadata) yield `${entryText(entry, SUMMARY_TITLES)}\n`;
}

function refText({ name, commitSizeBytes, checksum, metadata }: SummaryRef, collectionId: string | undefined): string {
  return [
    `* ${collectionId === undefined ? name : `(${collectionId}, ${name})`}`,
    `    Latest Commit (${byteAmount(Number(commitSizeBytes))}):`,
    `      ${checksum}`,
    ...metadata.map((entry) => `    ${entryText(entry, REF_TITLES)}`),
    '',
    '',
  ].join('\n');
}

/** How a key that has a title shows its value; undefined for a value of another type than it should have. */
interface Title {
  readonly title: string;
  readonly show: (value: Variant) => string | undefined;
}

const plainText = ({ value }: Variant): string | undefined => (typeof value === 'string' ? value : undefined);
const yesOrNo = ({ value }: Variant): string | undefined => (typeof value === 'boolean' ? (value ? 'Yes' : 'No') : undefined);
const asVariant = ({ type, value }: Variant): string => printVariant(type, value, { annotate: false });

const REF_TITLES: ReadonlyMap<string, Title> = new Map([
  [REF_KEY.version, { title: 'Version', show: plainText }],
  [REF_KEY.timestamp, { title: 'Timestamp', show: time }],
]);
const SUMMARY_TITLES: ReadonlyMap<string, Title> = new Map([
  [SUMMARY_KEY.staticDeltas, { title: 'Static Deltas', show: asVariant }],
  [SUMMARY_KEY.collectionId, { title: 'Collection ID', show: plainText }],
  [SUMMARY_KEY.collectionMap, { title: 'Collection Map', show: () => '(printed above)' }],
  [SUMMARY_KEY.lastModified, { title: 'Last-Modified', show: time }],
  [SUMMARY_KEY.expires, { title: 'Expires', show: time }],
  [SUMMARY_KEY.mode, { title: 'Repository Mode', show: plainText }],
  [SUMMARY_KEY.tombstoneCommits, { title: 'Has Tombstone Commits', show: yesOrNo }],
]);

function time({ value }: Variant): string | undefined {
  const seconds = typeof value === 'bigint' ? calendarSeconds(swapU64(BigInt.asUintN(64, value))) : undefined;
  return seconds === undefined ? undefined : localTime(seconds);
}

function entryText([key, value]: MetadataEntry, titles: ReadonlyMap<string, Title>): string {
  const known = titles.get(key);
  const shown = known?.show(value);
  return known === undefined || shown === undefined ? `${key}: ${asVariant(value)}` : `${known.title} (${key}): ${shown}`;
}
