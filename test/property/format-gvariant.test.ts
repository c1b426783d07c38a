import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCoppiceError } from '../../src/base/errors.ts';
import { byteswap } from '../../src/format/gvariant/byteswap.ts';
import { parseVariantText } from '../../src/format/gvariant/parse-text.ts';
import { printVariant } from '../../src/format/gvariant/print.ts';
import { readVariant, VariantReader } from '../../src/format/gvariant/read.ts';
import { writeVariant } from '../../src/format/gvariant/write.ts';
import { damaged, typedValue, typeText } from './format-arbitraries.ts';

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Runs a reader; true when it took the input, false when it refused it with FORMAT_INVALID. */
function takes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (isCoppiceError(error, 'FORMAT_INVALID')) return false;
    throw error;
  }
}

/** Visits every child, as far as they go. */
function visit(reader: VariantReader): void {
  for (let i = 0; i < reader.length; i++) visit(reader.child(i));
}

describe('variants', () => {
  it('written and read again give the same bytes', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        const bytes = writeVariant(type, value);
        expect(equal(writeVariant(type, readVariant(type, bytes)), bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('printed with their types and parsed give the same bytes', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        const again = parseVariantText(printVariant(type, value));
        expect(again.type).toBe(type);
        expect(equal(writeVariant(type, again.value), writeVariant(type, value))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('printed bare and parsed as their type give the same bytes', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        const again = parseVariantText(printVariant(type, value, { annotate: false }), type);
        expect(equal(writeVariant(type, again.value), writeVariant(type, value))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are the same after turning their numbers round twice', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        fc.pre(!/[dv]/.test(type)); // doubles may turn into NaNs
        expect(equal(writeVariant(type, byteswap(type, byteswap(type, value))), writeVariant(type, value))).toBe(true);
      }),
    );
  });

  it('are read by the lazy reader child by child as at once', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        const bytes = writeVariant(type, value);
        const reader = VariantReader.open(type, bytes);
        visit(reader);
        expect(equal(writeVariant(type, reader.value()), bytes)).toBe(true);
      }),
    );
  });

  it('that are damaged are refused, or are the normal form of another value', () => {
    const input = typedValue.chain(({ type, value }) =>
      damaged(fc.constant(writeVariant(type, value))).map((bytes) => ({ type, bytes })),
    );
    fc.assert(
      fc.property(input, ({ type, bytes }) => {
        takes(() => visit(VariantReader.open(type, bytes)));
        if (!takes(() => readVariant(type, bytes))) return;
        fc.pre(!printVariant(type, readVariant(type, bytes)).includes('nan'));
        expect(equal(writeVariant(type, readVariant(type, bytes)), bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('of any type and any bytes are refused or read', () => {
    fc.assert(
      fc.property(typeText, fc.uint8Array({ maxLength: 60 }), (type, bytes) => {
        const whole = takes(() => readVariant(type, bytes));
        expect(takes(() => visit(VariantReader.open(type, bytes))) || !whole).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('of any type string and any text are refused or read', () => {
    const words = fc.oneof(
      fc.constantFrom('[', ']', '(', ')', '{', '}', '<', '>', ',', ':', '@', '\\', "'", ' '),
      fc.constantFrom("'a'", 'b"c"', '1', '2.5', 'true', 'just ', 'nothing', 'byte ', '@as '),
    );
    const source = fc.oneof(fc.string({ unit: 'binary' }), fc.array(words, { maxLength: 12 }).map((parts) => parts.join('')));
    fc.assert(
      fc.property(source, fc.option(fc.string({ maxLength: 4 }), { nil: undefined }), (input, type) => {
        takes(() => parseVariantText(input));
        takes(() => parseVariantText(input, type));
        expect(takes(() => readVariant(input, new Uint8Array(0)))).toBeTypeOf('boolean');
      }),
      { numRuns: 2000 },
    );
  });
});
