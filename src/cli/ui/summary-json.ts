import { readCollections, SUMMARY_KEY } from '../../ops/summary/index.ts';
import type { Summary, SummaryRef } from '../../ops/summary/index.ts';
import { findMetadata } from '../../format/object/commitmeta.ts';
import { metadataJson } from './commit-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** A summary as JSON; values of metadata stand as GVariant text, numbers in it as they lie in the file. */
export function summaryJson(summary: Summary): Json {
  const others = summary.metadata.filter(([key]) => key !== SUMMARY_KEY.collectionMap);
  return {
    collectionId: findMetadata(summary.metadata, SUMMARY_KEY.collectionId)?.value ?? null,
    refs: summary.refs.map(refJson),
    collections: readCollections(summary).map(({ collectionId, refs }) => ({ collectionId, refs: refs.map(refJson) })),
    metadata: metadataJson(others),
  };
}

function refJson({ name, commitSizeBytes, checksum, metadata }: SummaryRef): Json {
  return { ref: name, checksum, commitSizeBytes: Number(commitSizeBytes), metadata: metadataJson(metadata) };
}
