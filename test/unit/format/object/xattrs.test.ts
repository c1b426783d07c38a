import { describe, expect, it } from 'vitest';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';
import { assertXattrs, readXattrs, writeXattrs } from '../../../../src/format/object/xattrs.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

const forced = (list: [string, string][]): Uint8Array =>
  writeVariant('a(ayay)', list.map(([name, value]) => [Buffer.from(name, 'latin1'), Buffer.from(value)]));
const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });

describe('extended attributes', () => {
  it('are zero bytes when there are none', () => {
    expect(writeXattrs([])).toHaveLength(0);
    expect(readXattrs(new Uint8Array(0))).toEqual([]);
  });

  it('are sorted by the bytes of their names', () => {
    const list = ['user.\u{1F600}', 'user.\uE000', 'user.b', 'user.B'].map((name) => ({ name, value: Buffer.from('v') }));
    const names = readXattrs(writeXattrs(list)).map(({ name }) => name);
    expect(names).toEqual(['user.B', 'user.b', 'user.\uE000', 'user.\u{1F600}']);
  });

  it('are written as the generic codec writes them', () => {
    const bytes = writeXattrs([
      { name: 'user.b', value: Buffer.alloc(300, 1) },
      { name: 'security.selinux', value: Buffer.from('x\0') },
    ]);
    const expected = forced([
      ['security.selinux\0', 'x\0'],
      ['user.b\0', '\x01'.repeat(300)],
    ]);
    expect(Buffer.compare(bytes, expected)).toBe(0);
    expect(readXattrs(bytes)[1]).toEqual({ name: 'user.b', value: Buffer.alloc(300, 1) });
  });

  it.each<[string, [string, string][]]>([
    ['a name without NUL', [['user.a', 'v']]],
    ['an empty name', [['\0', 'v']]],
    ['a name of no bytes', [['', 'v']]],
    ['a NUL inside a name', [['user\0a\0', 'v']]],
    ['a repeated name', [['user.a\0', 'v'], ['user.a\0', 'w']]],
    ['unsorted names', [['user.b\0', 'v'], ['user.a\0', 'w']]],
  ])('are refused for %s', (_, list) => {
    expect(() => readXattrs(forced(list))).toThrow(invalid);
    expect(() => assertXattrs(forced(list))).toThrow(invalid);
  });

  it('may have names that are not UTF-8 in a checked list, not in a read one', () => {
    const bytes = forced([['user.\xff\0', 'v']]);
    expect(() => assertXattrs(bytes)).not.toThrow();
    expect(() => readXattrs(bytes)).toThrow(invalid);
  });

  it('are not written with an empty or repeated name', () => {
    const internal = expect.objectContaining({ code: 'INTERNAL' });
    expect(() => writeXattrs([{ name: '', value: new Uint8Array(0) }])).toThrow(internal);
    const twice = { name: 'user.a', value: new Uint8Array(0) };
    expect(() => writeXattrs([twice, twice])).toThrow(internal);
  });
});
