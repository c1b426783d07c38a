import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENTRY_BYTES, DIGEST_BYTES, FOOTER_BYTES, LENGTH_AT, RECORD_HEAD_BYTES } from '../../../src/repo/stat-index/index-file.ts';
import { IndexWriter } from '../../../src/repo/stat-index/index-writer.ts';
import { Scratch } from '../../support/scratch.ts';

/** A record without payload. */
function recordOf(key: Buffer): Buffer {
  const record = Buffer.alloc(RECORD_HEAD_BYTES);
  record.set(key);
  record.writeUInt32LE(0, LENGTH_AT);
  return record;
}

function keysOf(table: Buffer): string[] {
  return Array.from({ length: table.length / ENTRY_BYTES }, (_, entry) => table.toString('hex', entry * ENTRY_BYTES, entry * ENTRY_BYTES + DIGEST_BYTES));
}

describe('the table of an index file', () => {
  const scratch = new Scratch('index-writer');

  it.each([
    ['nothing', []],
    ['one key', ['77']],
    ['keys that differ at their heads', ['ff', '00', '80', '7f', '01']],
    ['keys with one head', ['aaaaaaaa03', 'aaaaaaaa01', 'aaaaaaaa02', 'aaaaaaa9ff', 'aaaaaaaa00']],
    ['many', Array.from({ length: 3000 }, (_, i) => ((i * 2654435761) % 4294967296).toString(16).padStart(8, '0').slice(0, 6) + i.toString(16).padStart(4, '0'))],
  ])('is sorted by key: %s', (_, heads) => {
    const path = scratch.fresh('index');
    const writer = new IndexWriter(path, `${path}-new`);
    const keys = heads.map((head) => Buffer.from(head.padEnd(2 * DIGEST_BYTES, '0'), 'hex'));
    for (const key of keys) writer.append(recordOf(key));
    writer.finish(Buffer.alloc(32), Buffer.alloc(32));
    const file = readFileSync(path);
    const footer = file.length - FOOTER_BYTES;
    const table = file.subarray(file.readUIntLE(footer, 6), footer);
    expect(keysOf(table)).toEqual(keys.map((key) => key.toString('hex')).toSorted());
  });
});
