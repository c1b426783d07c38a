import { badUsage } from './usage-error.ts';

export interface StatOverride {
  /** Permission bits to add, by path. */
  readonly additions: ReadonlyMap<string, number>;
  /** Permission bits to set, by path. */
  readonly overrides: ReadonlyMap<string, number>;
}

/**
 * Reads the lines of `--statoverride`: `=MODE /path` sets, `+MODE /path` (or just `MODE /path`) adds. MODE is a
 * decimal number, as in libostree.
 */
export function parseStatOverride(lines: readonly string[]): StatOverride {
  const additions = new Map<string, number>();
  const overrides = new Map<string, number>();
  for (const line of lines) {
    const space = line.indexOf(' ');
    if (space < 0) throw badUsage('Malformed statoverride file (no space found)');
    const sets = line.startsWith('=');
    (sets ? overrides : additions).set(line.slice(space + 1), modeOf(line.slice(sets ? 1 : 0, space)));
  }
  return { additions, overrides };
}

function modeOf(word: string): number {
  if (/^\+?[0-9]{1,7}$/.test(word)) return Number(word);
  throw badUsage(`Malformed statoverride file ('${word}' is not a decimal number)`);
}
