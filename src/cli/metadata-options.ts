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
  return pairs.map((pair) => {
    const [key, value] = splitPair(pair);
    return [key, parseValue(pair, value)];
  });
}

function parseValue(pair: string, value: string): MetadataEntry[1] {
  try {
    return parseVariantText(value);
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    throw new CoppiceError('USAGE', `Parsing ${pair}: ${error.message}`, { cause: error });
  }
}
