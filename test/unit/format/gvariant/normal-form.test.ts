import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readVariant } from '../../../../src/format/gvariant/read.ts';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';
import type { Value } from '../../../../src/format/gvariant/value.ts';

/** Bytes, some of them damaged, and what g_variant_is_normal_form of GLib 2.74 says about them. */
interface Vector {
  readonly type: string;
  readonly hex: string;
  readonly normal: boolean;
}

const VECTORS = JSON.parse(
  readFileSync(new URL('normal-form-vectors.json', import.meta.url), 'utf8'),
) as readonly Vector[];

const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });
const read = (type: string, hex: string): Value => readVariant(type, Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** A byte in so many variants. */
const nested = (levels: number): Uint8Array => Buffer.from(`\x07\0y${'\0v'.repeat(levels - 1)}`, 'latin1');

describe('reading a variant', () => {
  it.each(VECTORS.filter(({ normal }) => normal))('takes $type $hex and writes it back', ({ type, hex }) => {
    expect(Buffer.from(writeVariant(type, read(type, hex))).toString('hex')).toBe(hex);
  });

  it.each(VECTORS.filter(({ normal }) => !normal))('refuses $type $hex', ({ type, hex }) => {
    expect(() => read(type, hex)).toThrow(invalid);
  });

  it.each([
    ['padding that is not zero', '(yu)', '01 00 00 01 02000000'],
    ['padding at the end of a fixed tuple', '(uy)', '01000000 01 000001'],
    ['padding between elements', 'a(us)', '01000000 6100 ff00 02000000 6200 06 0e'],
    ['a boolean of 2', 'b', '02'],
    ['a fixed size that is another', 'u', '010000'],
    ['an array that is no multiple', 'au', '0100000002'],
    ['an offset behind the end', 'as', '6100 09'],
    ['an offset before its child', 'as', '6100 6200 04 02'],
    ['overlapping offsets', 'as', '6100 6200 03 02 04'],
    ['bytes behind the last child', 'as', '6100 00 02'],
    ['offsets longer than needed', 'as', `${'61'.repeat(252)}00 fd00`],
    ['a tuple without its offset, which GLib takes', '(asas)', ''],
    ['a string without NUL', 's', '6162'],
    ['a string of no bytes', 's', ''],
    ['a NUL inside a string', 's', '61006200'],
    ['a string that is not UTF-8', 's', 'ff00'],
    ['an overlong UTF-8 form', 's', 'c08000'],
    ['a surrogate in UTF-8', 's', 'eda08000'],
    ['a cut UTF-8 form', 's', 'e28200'],
    ['a path that is none', 'o', '2f2f00'],
    ['a signature that is none', 'g', '7b00'],
    ['a maybe without its zero byte', 'ms', '610001'],
    ['a variant of no bytes', 'v', ''],
    ['a variant without type', 'v', '0100'],
    ['a variant of an unknown type', 'v', '01007a'],
    ['a variant of an indefinite type', 'v', '01002a'],
    ['a variant of two types', 'v', '01007979'],
    ['the unit with another byte', '()', '01'],
  ])('refuses %s', (_, type, hex) => {
    expect(() => read(type, hex)).toThrow(invalid);
  });

  it('keeps a byte order mark, which is a character like others', () => {
    expect(read('s', 'efbbbf6100')).toBe('\uFEFFa');
  });

  it('refuses variants in variants in variants…', () => {
    expect(readVariant('v', nested(2))).toEqual({ type: 'v', value: { type: 'y', value: 7 } });
    expect(() => readVariant('v', nested(120))).not.toThrow();
    expect(() => readVariant('v', nested(200))).toThrow(/too deeply/);
    expect(() => readVariant('v', nested(300_000))).toThrow(/too deeply/);
  });

  it('refuses more values than the bytes account for', () => {
    const type = `a${'('.repeat(100)}my${')'.repeat(100)}`;
    expect(() => readVariant(type, Buffer.alloc(10_000))).toThrow(/too many values/);
  });
});
