import { CoppiceError } from '../../base/errors.ts';
import { calendarSeconds } from '../../format/calendar-time.ts';
import { readVariant } from '../../format/gvariant/read.ts';
import { COMMIT_TYPE } from '../../format/object/commit.ts';
import { findMetadata } from '../../format/object/commitmeta.ts';
import type { LoadedCommit } from '../../ops/read/index.ts';
import { contentChecksum } from './content-checksum.ts';
import { variantText } from './variant-text.ts';

/** What stands below `commit <checksum>` in `show` and `log`. */
export function commitText({ commit }: Pick<LoadedCommit, 'commit'>): string {
  const version = findMetadata(commit.metadata, 'version');
  return [
    ...(commit.parent === undefined ? [] : [`Parent:  ${commit.parent}`]),
    `ContentChecksum:  ${contentChecksum(commit)}`,
    `Date:  ${commitDate(commit.timestampSeconds)}`,
    ...(typeof version?.value === 'string' ? [`Version: ${version.value}`] : []),
    ...(commit.subject === '' ? ['(no subject)'] : ['', ...indented(commit.subject)]),
    ...(commit.body === '' ? [] : ['', ...indented(commit.body)]),
    '',
    '',
  ].join('\n');
}

/** What follows the last line end is a line only when something stands there. */
function indented(text: string): string[] {
  const lines = text.split('\n');
  return (lines.at(-1) === '' ? lines.slice(0, -1) : lines).map((line) => `    ${line}`);
}

/** The commit as GVariant text; see `variantText`. */
export function rawCommitText({ bytes }: Pick<LoadedCommit, 'bytes'>, options = { swap: true }): string {
  return `${variantText({ type: COMMIT_TYPE, value: readVariant(COMMIT_TYPE, bytes) }, options)}\n`;
}

/** `2023-11-14 22:13:20 +0000`; throws for a time that no calendar has. */
export function commitDate(timestamp: bigint): string {
  const seconds = calendarSeconds(timestamp);
  if (seconds === undefined) {
    throw new CoppiceError('FORMAT_INVALID', `Failed to read commit: Invalid timestamp: ${timestamp}`);
  }
  const [day, time] = new Date(seconds * 1000).toISOString().split('T');
  return `${day ?? ''} ${(time ?? '').slice(0, 8)} +0000`;
}
