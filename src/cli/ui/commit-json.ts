import { printVariant } from '../../format/gvariant/print.ts';
import type { MetadataEntry } from '../../format/object/commitmeta.ts';
import type { LoadedCommit } from '../../ops/read/index.ts';
import { contentChecksum } from './content-checksum.ts';

/** A commit as JSON. Metadata values stand as GVariant text, in which nothing of their types is lost. */
export function commitJson({ checksum, commit }: LoadedCommit): Readonly<Record<string, unknown>> {
  return {
    type: 'commit',
    checksum,
    parent: commit.parent ?? null,
    contentChecksum: contentChecksum(commit),
    timestampSeconds: jsonNumber(BigInt.asIntN(64, commit.timestampSeconds)),
    subject: commit.subject,
    body: commit.body,
    rootDirtree: commit.rootTree,
    rootDirmeta: commit.rootMeta,
    metadata: metadataJson(commit.metadata),
  };
}

export function metadataJson(entries: readonly MetadataEntry[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.map(([key, { type, value }]) => [key, printVariant(type, value)]));
}

/** A number that JSON cannot hold exactly stands as a string. */
function jsonNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
