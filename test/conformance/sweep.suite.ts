import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import { RECORD_BYTES, REMOVE, VERIFY } from '../../src/engine/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Scratch } from '../support/scratch.ts';

const ZEROS = '0'.repeat(61);
const TYPES = ['file', 'dirtree', 'dirmeta', 'commit', 'tombstone-commit', 'commitmeta', 'payload-link', 'file-xattrs', 'file-xattrs-link'];

/** Listing, reading and removing the objects of a whole store. */
export function sweepSuite(engine: Engine, scratch: Scratch): void {
  function makeObjects(files: Readonly<Record<string, string>>): string {
    const objects = scratch.fresh('objects');
    for (const prefix of ['00', 'ab', 'ff']) mkdirSync(join(objects, prefix), { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(objects, name), content);
    return objects;
  }

  const listed = (objects: string, archive: boolean): string[] => {
    const { records, failures } = engine.list({ objects, prefixes: packNames(['00', 'ab', 'cd', 'ff']), archive, sizes: false });
    expect(failures).toEqual([]);
    return Array.from({ length: records.length / RECORD_BYTES }, (_, index) => {
      const record = Buffer.from(records.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES));
      return `${record.toString('hex', 0, 1)}…${record.toString('hex', 31, 32)} ${record[RECORD_BYTES - 1]}`;
    });
  };

  it('lists objects in order, those of the mode alone, and nothing else', () => {
    const objects = makeObjects({
      [`ab/${ZEROS}2.file`]: '', [`ab/${ZEROS}2.filez`]: '', [`ab/${ZEROS}1.commit`]: '', [`ab/${ZEROS}1.commitmeta`]: '', [`ff/${ZEROS}1.payload-link`]: '',
      [`00/${ZEROS}1.tombstone-commit`]: '', [`00/${ZEROS}.file`]: '', [`00/${ZEROS}11.file`]: '', [`00/${ZEROS}A.file`]: '', [`00/${ZEROS}1.other`]: '', [`00/${ZEROS}1.commitz`]: '', '00/x': '',
    });
    expect(listed(objects, false)).toEqual(['00…01 5', 'ab…01 4', 'ab…01 6', 'ab…02 1', 'ff…01 7']);
    expect(listed(objects, true)).toEqual(['00…01 5', 'ab…01 4', 'ab…01 6', 'ab…02 1']);
  });

  it('lists those of one type alone where nobody asks for others', () => {
    const objects = makeObjects({ [`00/${ZEROS}1.file`]: '', [`00/${ZEROS}1.commit`]: '', [`ab/${ZEROS}1.filez`]: '', [`ff/${ZEROS}2.commit`]: '' });
    const ofType = (only: number, archive: boolean): number[][] => {
      const { records, ends } = engine.list({ objects, prefixes: packNames(['00', 'ab', 'ff']), archive, sizes: false, only });
      return [[...ends], Array.from({ length: records.length / RECORD_BYTES }, (_, index) => records[(index + 1) * RECORD_BYTES - 1] ?? 0)];
    };
    expect([ofType(4, false), ofType(1, false), ofType(1, true)]).toEqual([[[1, 1, 2], [4, 4]], [[1, 1, 1], [1]], [[0, 1, 1], [1]]]);
  });

  it('tells where prefixes end, sizes when asked, and a name that is no prefix', () => {
    const objects = makeObjects({ [`00/${ZEROS}1.file`]: 'abc', [`ab/${ZEROS}1.file`]: '', [`ab/${ZEROS}2.dirmeta`]: '12345' });
    const { ends, sizes, failures } = engine.list({ objects, prefixes: packNames(['00', '..', 'ab']), archive: false, sizes: true });
    expect([[...ends], [...sizes]]).toEqual([[1, 1, 3], [3, 0, 5]]);
    expect(failures).toMatchObject([{ index: 1, code: 'PATH_INVALID' }]);
  });

  it('reads metadata that is what its name says, and tells the rest apart', () => {
    const contents = ['one', '', 'three'];
    const checksums = contents.map((content) => Buffer.from(engine.digest('sha256', Buffer.from(content))));
    const objects = scratch.fresh('objects');
    const place = (checksum: Buffer, content: string): void => {
      const hex = checksum.toString('hex');
      mkdirSync(join(objects, hex.slice(0, 2)), { recursive: true });
      writeFileSync(join(objects, hex.slice(0, 2), `${hex.slice(2)}.dirtree`), content);
    };
    for (const [index, checksum] of checksums.entries()) place(checksum, contents[index] ?? '');
    const [broken, link, absent] = ['broken', 'link', 'absent'].map((word) => Buffer.from(engine.digest('sha256', Buffer.from(word))));
    place(broken!, 'brokeN');
    const hex = link!.toString('hex');
    mkdirSync(join(objects, hex.slice(0, 2)), { recursive: true });
    symlinkSync('/dev/null', join(objects, hex.slice(0, 2), `${hex.slice(2)}.dirtree`));
    const source = { mode: 'archive', algorithm: 'sha256', objects: [makeObjects({}), objects] } as const;
    const all = Buffer.concat([...checksums, broken!, link!, absent!]);
    const read = engine.readMetadata({ source, objectType: 2, checksums: all, limitBytes: 1000 });
    expect([...read.outcomes]).toEqual([VERIFY.ok, VERIFY.ok, VERIFY.ok, VERIFY.corrupt, VERIFY.corrupt, VERIFY.missing]);
    expect([Buffer.from(read.bytes).toString(), [...read.ends]]).toEqual(['onethree', [3, 3, 8, 8, 8, 8]]);
    expect(read.failures.map(({ index, code }) => [index, code])).toEqual([[3, 'FORMAT_INVALID'], [4, 'FORMAT_INVALID']]);
    const short = engine.readMetadata({ source, objectType: 2, checksums: all, limitBytes: 2 });
    expect([...short.outcomes]).toEqual([VERIFY.ok]);
    expect(() => engine.readMetadata({ source, objectType: 1, checksums: all, limitBytes: 2 })).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });

  it.each([true, false])('measures and removes every type of object, archive: %s', (archive) => {
    const extension = (type: string, number: number): string => (archive && !(number >= 2 && number <= 6) ? `${type}z` : type);
    const names = TYPES.map((type, index) => `ab/${ZEROS}1.${extension(type, index + 1)}`);
    const objects = makeObjects(Object.fromEntries(names.map((name, index) => [name, 'x'.repeat(index + 1)])));
    const records = Buffer.concat([...TYPES.map((_, index) => record('ab', index + 1)), record('ab', 1, 7), record('cd', 1)]);
    const measured = engine.remove({ objects, records, archive, unlink: false });
    expect([...measured.sizes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0]);
    expect(names.every((name) => existsSync(join(objects, name)))).toBe(true);
    const removed = engine.remove({ objects, records, archive, unlink: true });
    expect([...removed.outcomes]).toEqual([...TYPES.map(() => REMOVE.removed), REMOVE.absent, REMOVE.absent]);
    expect(names.some((name) => existsSync(join(objects, name)))).toBe(false);
    expect(existsSync(join(objects, 'ab'))).toBe(true);
  });

  it('goes on behind an object that it cannot remove', () => {
    const objects = makeObjects({ [`ff/${ZEROS}1.commit`]: 'x' });
    mkdirSync(join(objects, `ab/${ZEROS}1.commit`));
    const { outcomes, failures } = engine.remove({ objects, records: Buffer.concat([record('ab', 4), record('ab', 0), record('ff', 4)]), archive: false, unlink: true });
    expect([...outcomes]).toEqual([REMOVE.failed, REMOVE.failed, REMOVE.removed]);
    expect(failures).toMatchObject([{ index: 0, code: 'SYSTEM' }, { index: 1, code: 'USAGE' }]);
  });
}

function record(prefix: string, type: number, last = 1): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes.write(prefix, 'hex');
  bytes[31] = last;
  bytes[32] = type;
  return bytes;
}
