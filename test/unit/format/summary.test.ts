import { describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../src/base/checksum.ts';
import { readVariant } from '../../../src/format/gvariant/read.ts';
import { writeVariant } from '../../../src/format/gvariant/write.ts';
import { bigEndianTime, collectionMap, deltaList, readCollections, readSummary, SUMMARY_TYPE, writeDeltaIndex, writeSummary } from '../../../src/format/summary.ts';
import type { Summary, SummaryRef } from '../../../src/format/summary.ts';
import { compareBytesByContent } from './bytes-equal.ts';

compareBytesByContent();

const ref = (name: string): SummaryRef => ({
  name,
  commitSizeBytes: 142n,
  checksum: parseChecksum('a'.repeat(64)),
  metadata: [['ostree.commit.version', { type: 's', value: '1' }], ['ostree.commit.timestamp', bigEndianTime(1n)]],
});
const SUMMARY: Summary = {
  refs: [ref('a'), ref('b/c')],
  metadata: [['x', { type: 'u', value: 5 }], ['ostree.summary.collection-map', collectionMap([{ collectionId: 'org.a.B', refs: [ref('d')] }])]],
};
const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });

describe('summaries', () => {
  it('come back as they were, in their order', () => {
    expect(readSummary(writeSummary(SUMMARY))).toEqual(SUMMARY);
    expect(readCollections(SUMMARY)).toEqual([{ collectionId: 'org.a.B', refs: [ref('d')] }]);
  });

  it('hold sizes little-endian and times big-endian', () => {
    const hex = Buffer.from(writeSummary({ refs: [ref('a')], metadata: [] })).toString('hex');
    expect(hex).toContain('8e00000000000000');
    expect(hex).toContain('0000000000000001');
  });

  it('of nothing are a few bytes', () => {
    expect(readSummary(writeSummary({ refs: [], metadata: [] }))).toEqual({ refs: [], metadata: [] });
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['text', Buffer.from('garbage garbage garbage')],
    ['a checksum of 31 bytes', writeVariant(SUMMARY_TYPE, [[['a', [1n, Buffer.alloc(31), []]]], []])],
  ])('are refused: %s', (_title, bytes) => {
    expect(() => readSummary(bytes)).toThrow(invalid);
  });

  it('may have a collection map of another type, which lists nothing', () => {
    expect(readCollections({ refs: [], metadata: [['ostree.summary.collection-map', { type: 'i', value: 3 }]] })).toEqual([]);
  });
});

describe('delta indexes', () => {
  it('name each delta and the digest of its superblock', () => {
    const deltas = [{ name: 'f-t', superblock: Buffer.alloc(32, 7) }];
    expect(readVariant('a{sv}', writeDeltaIndex(deltas))).toEqual([['ostree.static-deltas', deltaList(deltas)]]);
  });
});
