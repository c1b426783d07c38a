import { copyFileSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENTRY_BYTES, DIGEST_BYTES, FOOTER_BYTES, HEADER_BYTES, IndexFile, LENGTH_AT, RECORD_HEAD_BYTES } from '../../../src/repo/stat-index/index-file.ts';
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

describe('an index file', () => {
  const scratch = new Scratch('index-file');
  const commits = [1, 2].map((value) => Buffer.alloc(32, value));
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = commits;

  function add(writer: IndexWriter, path: string, payload: Buffer): void {
    writer.add(path, payload.length, (bytes) => bytes.set(payload));
  }

  function written(): string {
    const path = scratch.fresh('index');
    const writer = new IndexWriter(path, `${path}-new`);
    for (const name of ['', 'a', 'a/b']) add(writer, name, Buffer.from(`payload of ${name}`));
    writer.finish(first, first);
    return path;
  }

  function opened(path: string): IndexFile {
    const index = IndexFile.open(path);
    if (index === undefined) throw new Error('the index is invalid');
    return index;
  }

  it('is made that of another commit in place', () => {
    const path = written();
    const [before, inode] = [opened(path), statSync(path).ino];
    expect(before.retell(path, second, first)).toBe(true);
    const after = opened(path);
    expect([after.commit, after.storeState, after.count]).toEqual([second.toString('hex'), first.toString('hex'), 3]);
    expect(after.read('a/b')?.payload.toString()).toBe('payload of a/b');
    expect(statSync(path).ino).toBe(inode);
    expect(after.digest.equals(before.digest)).toBe(false);
    before.close();
    after.close();
  });

  it('hands on any of its records, neighbours together, but none that does not fit its place', () => {
    const path = scratch.fresh('index');
    const writer = new IndexWriter(path, `${path}-new`);
    const names = Array.from({ length: 40 }, (_, n) => `d${n}`);
    for (const [n, name] of names.entries()) add(writer, name, Buffer.alloc(n % 7 === 3 ? 300_000 : 50 + n, name));
    writer.finish(first, first);
    const index = opened(path);
    const offsets = names.map((name) => index.placeOf(name)?.offset ?? -1);
    const file = readFileSync(path);
    const whole = (n: number): Buffer => file.subarray(offsets[n], offsets[n + 1] ?? index.recordsEnd);
    const pick = (keep: (n: number) => boolean): Buffer[] => [...index.runsOf(Float64Array.from(offsets.filter((__, n) => keep(n))))];
    for (const keep of [() => true, () => false, (n: number) => n % 3 > 0, (n: number) => n > 20, (n: number) => n === 39]) {
      const wanted = names.map((__, n) => n).filter(keep).map(whole);
      expect(Buffer.concat(pick(keep)).equals(Buffer.concat(wanted))).toBe(true);
    }
    expect(pick(() => true).length).toBeLessThan(20);
    const copy = new IndexWriter(`${path}-copy`, `${path}-new`);
    add(copy, 'before', Buffer.from('before'));
    copy.append(Buffer.concat(pick(() => true)));
    add(copy, 'behind', Buffer.from('behind'));
    copy.finish(first, first);
    const copied = opened(`${path}-copy`);
    for (const name of names) expect(copied.read(name)?.payload).toEqual(index.read(name)?.payload);
    expect(['before', 'behind'].map((name) => copied.read(name)?.payload.toString())).toEqual(['before', 'behind']);
    expect([...index.runsOf(Float64Array.of(5, (offsets[2] ?? 0) + 1))]).toEqual([]);
    const damaged = Buffer.from(file);
    damaged.writeUInt32LE(7, (offsets[5] ?? 0) + LENGTH_AT);
    writeFileSync(path, damaged);
    const kept = [...opened(path).runsOf(Float64Array.from([offsets[5] ?? 0, offsets[8] ?? 0]))];
    expect(kept.map((run) => run.equals(whole(8)))).toEqual([true]);
  });

  it('is left alone where another has taken its place', () => {
    const [path, other] = [written(), written()];
    const before = opened(path);
    renameSync(other, path);
    expect(before.retell(path, second, second)).toBe(false);
    expect(opened(path).commit).toBe(first.toString('hex'));
  });

  it('is invalid with any byte of its header, its table or its end changed, or cut off', () => {
    const [path, damaged] = [written(), scratch.fresh('damaged')];
    const whole = readFileSync(path);
    const table = whole.readUIntLE(whole.length - FOOTER_BYTES, 6);
    for (const at of [0, 20, 60, HEADER_BYTES - 1, table, whole.length - FOOTER_BYTES - 1, whole.length - FOOTER_BYTES, whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(damaged, bytes);
      expect(IndexFile.open(damaged), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, HEADER_BYTES - 1, table, whole.length - 1]) {
      copyFileSync(path, damaged);
      truncateSync(damaged, length);
      expect(IndexFile.open(damaged), `${length} bytes`).toBeUndefined();
    }
  });
});
