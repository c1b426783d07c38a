import { badUsage } from './usage-error.ts';

const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 'true', 'yes']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['0', 'false', 'no', 'none']);

/** Reads the value of `--fsync` and its like, in any case of letters; throws USAGE. */
export function parseBoolean(text: string): boolean {
  const word = text.toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  throw badUsage(`Invalid boolean argument '${text}'`);
}
