import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseVariantText } from '../../../../src/format/gvariant/parse-text.ts';
import { printVariant } from '../../../../src/format/gvariant/print.ts';
import { readVariant } from '../../../../src/format/gvariant/read.ts';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';

/** What g_variant_parse, g_variant_print and g_variant_get_data of GLib 2.74 made of a text. */
interface Vector {
  readonly text: string;
  /** The type that was asked for. */
  readonly as?: string;
  readonly error?: string;
  readonly type?: string;
  readonly annotated?: string;
  readonly plain?: string;
  readonly hex?: string;
}

const load = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const VECTORS = load('text-vectors.json') as readonly Vector[];
const GOOD = VECTORS.filter((vector) => vector.error === undefined);
const BAD = VECTORS.filter((vector) => vector.error !== undefined);

const name = ({ text, as }: Vector): string => `${JSON.stringify(text)}${as === undefined ? '' : ` as ${as}`}`;

describe('the text format of GLib', () => {
  it.each(GOOD.map((vector) => [name(vector), vector] as const))('reads and prints %s', (_, vector) => {
    const { type, value } = parseVariantText(vector.text, vector.as);
    const bytes = writeVariant(type, value);
    const again = readVariant(type, bytes);
    expect({
      type,
      hex: Buffer.from(bytes).toString('hex'),
      annotated: printVariant(type, again),
      plain: printVariant(type, again, { annotate: false }),
    }).toEqual({ type: vector.type, hex: vector.hex, annotated: vector.annotated, plain: vector.plain });
  });

  it.each(BAD.map((vector) => [name(vector), vector] as const))('refuses %s in the words of GLib', (_, vector) => {
    expect(() => parseVariantText(vector.text, vector.as)).toThrow(
      expect.objectContaining({ code: 'FORMAT_INVALID', message: vector.error }),
    );
  });
});

describe('where the text format is stricter or laxer than GLib', () => {
  it.each(['-', '--5', "'\\ud800'", "'\\U00110000'"])('refuses %s', (text) => {
    expect(() => parseVariantText(text)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('reads numbers that round to a denormal, which GLib takes for an overflow', () => {
    expect(parseVariantText('5e-324').value).toBe(5e-324);
  });

  it('refuses more than 128 levels', () => {
    for (const open of ['[', '<', '(', '{']) {
      expect(() => parseVariantText(open.repeat(100_000))).toThrow(/nested too deeply/);
    }
    expect(() => parseVariantText('just '.repeat(100_000))).toThrow(/nested too deeply/);
  });

  it('takes time in proportion to the text', () => {
    const backslashes = `'${'\\'.repeat(400_001)}`;
    const mixedList = `[${'1,'.repeat(100_000)}'x']`;
    for (const text of [backslashes, mixedList, `@${'('.repeat(400_000)}`, '9'.repeat(400_000)]) {
      expect(() => parseVariantText(text)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
    }
  });
});
