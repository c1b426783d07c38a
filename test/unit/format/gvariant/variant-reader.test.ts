import { describe, expect, it } from 'vitest';
import { VariantReader } from '../../../../src/format/gvariant/read.ts';
import type { Value } from '../../../../src/format/gvariant/value.ts';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });
const SUMMARY = '(a(s(taya{sv}))a{sv})';
const REFS = Array.from({ length: 500 }, (_, i) => [
  `ref/${String(i).padStart(4, '0')}`,
  [BigInt(i), Buffer.alloc(32, i), [['ostree.commit.timestamp', { type: 't', value: BigInt(i) }]]],
]);
const BYTES = writeVariant(SUMMARY, [REFS, [['b', { type: 'b', value: true }]]]);

const open = (type: string, value: Value): VariantReader => VariantReader.open(type, writeVariant(type, value));

describe('VariantReader', () => {
  it('finds one child of many without reading the others', () => {
    const refs = VariantReader.open(SUMMARY, BYTES).child(0);
    expect([refs.type, refs.length]).toEqual(['a(s(taya{sv}))', 500]);
    const entry = refs.child(321);
    expect(entry.child(0).value()).toBe('ref/0321');
    expect(entry.child(1).child(0).value()).toBe(321n);
    expect(entry.child(1).child(2).child(0).child(1).child(0).value()).toBe(321n);
    expect(entry.value()).toEqual(REFS[321]);
    expect(writeVariant(entry.type, entry.value())).toEqual(entry.bytes);
  });

  it('looks into maybes, fixed arrays and basic values', () => {
    expect(open('ms', null).length).toBe(0);
    expect(open('ms', 'x').child(0).value()).toBe('x');
    expect(open('au', [1, 2, 3]).child(2).value()).toBe(3);
    expect(open('ay', Buffer.from([7, 8])).child(1).value()).toBe(8);
    expect(open('s', 'x').length).toBe(0);
    expect(open('v', { type: 's', value: 'x' }).child(0).type).toBe('s');
  });

  it.each([-1, 2, 0.5, Number.NaN])('has no child %d', (index) => {
    expect(() => VariantReader.open(SUMMARY, BYTES).child(index)).toThrow(invalid);
  });

  it('checks only what it passes; a value checks everything', () => {
    const bytes = Buffer.from(writeVariant('as', ['a', 'b', 'c']));
    bytes[0] = 0xff;
    const list = VariantReader.open('as', bytes);
    expect(list.child(2).value()).toBe('c');
    expect(() => list.child(0).value()).toThrow(invalid);
    expect(() => list.value()).toThrow(invalid);
    bytes[7] = 1; // the end of the second element, before its start
    expect(() => list.child(1)).toThrow(invalid);
  });
});
