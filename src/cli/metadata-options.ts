import { CoppiceError } from '../base/errors.ts';
import { parseVariantText } from '../format/gvariant/parse-text.ts';
import type { MetadataEntry } from '../format/object/commit.ts';
import { badUsage } from './usage-error.ts';

function splitPair(text: string): [key: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 0) throw badUsage(`Missing '=' in KEY=VALUE metadata '${text}'`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** `KEY=VALUE` words whose values are strings. */
export function stringMetadata(pairs: readonly string[]): MetadataEntry[] {
  return pairs.map((pair) => {
    const [key, value] = splitPair(pair);
    return [key, { type: 's', value }];
  });
}

/** Commit metadata needs keys with a name, detached metadata does not. */
export function assertKeys(entries: readonly MetadataEntry[]): readonly MetadataEntry[] {
  if (entries.some(([key]) => key === '')) throw badUsage('Empty metadata key');
  return entries;
}

/** `KEY=VALUE` words whose values are GVariant text. */
export function variantMetadata(pairs: readonly string[]): MetadataEntry[] {
  return readPairs(pairs, (pair) => `Parsing ${pair}: `);
}

/** As `variantMetadata`, with the words that `summary` has for an error. */
export function summaryMetadata(pairs: readonly string[]): MetadataEntry[] {
  return readPairs(pairs, (_pair, value) => `Error parsing variant ‘${value}’: : `);
}

type Prefix = (pair: string, value: string) => string;

function readPairs(pairs: readonly string[], prefix: Prefix): MetadataEntry[] {
  return pairs.map((pair) => {
    const [key, value] = splitPair(pair);
    return [key, parseValue(value, prefix(pair, value))];
  });
}

function parseValue(value: string, prefix: string): MetadataEntry[1] {
  try {
    return parseVariantText(value);
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    throw new CoppiceError('USAGE', `${prefix}${error.message}`, { cause: error });
  }
}
