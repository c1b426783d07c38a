import * as fc from 'fast-check';
import { parseType } from '../../src/format/gvariant/type-string.ts';
import type { BasicCode, GType } from '../../src/format/gvariant/type-string.ts';
import type { Value } from '../../src/format/gvariant/value.ts';

/** Text that UTF-8 can hold, with characters of every length, without NUL. */
export const text: fc.Arbitrary<string> = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((value) => value.replaceAll('\0', ''));

const BASICS: Readonly<Record<BasicCode, fc.Arbitrary<Value>>> = {
  b: fc.boolean(),
  y: fc.integer({ min: 0, max: 0xff }),
  n: fc.integer({ min: -0x8000, max: 0x7fff }),
  q: fc.integer({ min: 0, max: 0xffff }),
  i: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  u: fc.integer({ min: 0, max: 0xffff_ffff }),
  h: fc.bigInt({ min: -0x8000_0000n, max: 0x7fff_ffffn }),
  x: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  t: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  d: fc.double({ noNaN: true }),
  s: text,
  o: fc.constantFrom('/', '/a', '/org/example/A_1'),
  g: fc.constantFrom('', 's', 'a{sv}(yt)'),
};

const basicCode = fc.constantFrom(...Object.keys(BASICS));

/** Type strings of a few levels. */
export const typeText: fc.Arbitrary<string> = fc.letrec<{ type: string }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    basicCode,
    fc.constant('v'),
    fc.constant('ay'),
    tie('type').map((element) => `a${element}`),
    tie('type').map((element) => `m${element}`),
    fc.tuple(basicCode, tie('type')).map(([key, value]) => `a{${key}${value}}`),
    fc.array(tie('type'), { maxLength: 4 }).map((members) => `(${members.join('')})`),
  ),
})).type;

/** Values of a type. */
export function valueOf(type: GType, levels = 2): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'basic':
      return BASICS[type.code];
    case 'variant':
      return variant(levels);
    case 'maybe':
      return fc.option(type.element.kind === 'maybe' ? fc.tuple(valueOf(type.element, levels)) : valueOf(type.element, levels));
    case 'array':
      return type.element.text === 'y'
        ? fc.oneof(fc.uint8Array({ maxLength: 8 }), text.map((value) => Buffer.from(`${value}\0`)))
        : fc.array(valueOf(type.element, levels), { maxLength: 5 });
    case 'tuple':
    case 'entry':
      break;
  }
  return fc.tuple(...type.members.map((member) => valueOf(member, levels)));
}

function variant(levels: number): fc.Arbitrary<Value> {
  const types = levels === 0 ? basicCode : typeText;
  return types.chain((inner) => valueOf(parseType(inner), levels - 1).map((value) => ({ type: inner, value })));
}

/** A type and a value of it. */
export const typedValue: fc.Arbitrary<{ type: string; value: Value }> = typeText.chain((type) =>
  valueOf(parseType(type)).map((value) => ({ type, value })),
);

/** Small damage to bytes: one byte changed, some cut off, some added, two pieces swapped. */
export function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(bytes, fc.nat(), fc.nat(255), fc.constantFrom('change', 'low', 'cut', 'add', 'drop')).map(
    ([whole, place, byte, how]) => {
      const copy = Buffer.from(whole);
      const at = whole.length === 0 ? 0 : place % whole.length;
      if (how === 'cut') return copy.subarray(0, at);
      if (how === 'add') return Buffer.concat([copy.subarray(0, at), Buffer.from([byte]), copy.subarray(at)]);
      if (how === 'drop') return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)]);
      if (copy.length > 0) copy[at] = how === 'low' ? byte % 4 : byte;
      return copy;
    },
  );
}
