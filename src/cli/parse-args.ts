/**
 * Reads the words of one command the way GLib's GOption does: `--long=v`, `--long v`, `-s v`, joined flags `-UH`,
 * `--` before positional words only. No abbreviations. A long flag may carry `=anything` and is then simply set.
 *
 * Beyond GOption, a value may be joined to its short option (`-bmain`), where GOption would refuse the word.
 */
import type { OptionSpec, ParsedOptions } from './command.ts';
import { OptionValues } from './option-values.ts';
import { parseInteger } from './parse-integer.ts';
import { badUsage } from './usage-error.ts';

export interface ParsedWords {
  readonly options: ParsedOptions;
  readonly args: readonly string[];
  /** `--help` stood on the line: everything behind it is unread. */
  readonly help: boolean;
}

/** One option found in a word, and how many words behind it its value took. */
interface Found {
  readonly spec: OptionSpec;
  readonly value: string | undefined;
}

interface Reading {
  readonly found: readonly Found[];
  /** Words used up behind the option's own. */
  readonly taken: 0 | 1;
  readonly help?: boolean;
}

const HELP: Reading = { found: [], taken: 0, help: true };

function takesValue(spec: OptionSpec): boolean {
  return spec.kind !== 'flag';
}

/** Throws USAGE in the words of GOption. */
export function parseArgs(specs: readonly OptionSpec[], words: readonly string[]): ParsedWords {
  const options = new OptionValues(specs);
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      args.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    const reading = readWord(specs, word, words[at + 1]);
    if (reading.help === true) return { options, args, help: true };
    for (const { spec, value } of reading.found) options.add(spec, value);
    at += reading.taken;
  }
  return { options, args, help: false };
}

function readWord(specs: readonly OptionSpec[], word: string, next: string | undefined): Reading {
  const reading = word.startsWith('--') ? readLong(specs, word, next) : readShort(specs, word, next);
  for (const { spec, value } of reading.found) checkValue(spec, value);
  return reading;
}

/** The integer kinds fail on the word itself, before the verb runs. */
function checkValue(spec: OptionSpec, value: string | undefined): void {
  if (spec.kind === 'integer') parseInteger(value ?? '', `--${spec.long}`);
}

function readLong(specs: readonly OptionSpec[], word: string, next: string | undefined): Reading {
  if (word === '--help' || word === '--help-all') return HELP;
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const spec = specs.find((option) => option.long === name);
  if (spec === undefined) throw badUsage(`Unknown option ${word}`);
  if (!takesValue(spec)) return { found: [{ spec, value: undefined }], taken: 0 };
  if (equals >= 0) return { found: [{ spec, value: word.slice(equals + 1) }], taken: 0 };
  return readSeparate(spec, `--${name}`, next);
}

function readSeparate(spec: OptionSpec, name: string, next: string | undefined): Reading {
  const absent = next === undefined || (spec.kind === 'optional-string' && next.startsWith('-'));
  if (!absent) return { found: [{ spec, value: next }], taken: 1 };
  if (spec.kind !== 'optional-string') throw badUsage(`Missing argument for ${name}`);
  return { found: [{ spec, value: undefined }], taken: 0 };
}

function readShort(specs: readonly OptionSpec[], word: string, next: string | undefined): Reading {
  try {
    return readLetters(specs, word, next);
  } catch (error) {
    const joined = readJoined(specs, word);
    if (joined === undefined) throw error;
    return joined;
  }
}

function specOfLetter(specs: readonly OptionSpec[], letter: string): OptionSpec | undefined {
  return specs.find((option) => option.short === letter);
}

/** Every letter an option of its own; the one that takes a value finds it in the next word. */
function readLetters(specs: readonly OptionSpec[], word: string, next: string | undefined): Reading {
  const found: Found[] = [];
  let taken: 0 | 1 = 0;
  for (const letter of word.slice(1)) {
    const spec = specOfLetter(specs, letter);
    if (spec === undefined && (letter === 'h' || letter === '?')) return HELP;
    if (spec === undefined) throw badUsage(`Unknown option ${word}`);
    if (takesValue(spec) && taken === 1) throw badUsage(`Error parsing option -${letter}`);
    const reading: Reading = takesValue(spec)
      ? readSeparate(spec, `-${letter}`, next)
      : { found: [{ spec, value: undefined }], taken };
    found.push(...reading.found);
    taken = reading.taken;
  }
  return { found, taken };
}

/** Flags, then one option with its value in the rest of the word (`-Ibmain`); undefined for any other word. */
function readJoined(specs: readonly OptionSpec[], word: string): Reading | undefined {
  const found: Found[] = [];
  for (let at = 1; at < word.length; at++) {
    const spec = specOfLetter(specs, word.charAt(at));
    if (spec === undefined) return undefined;
    if (!takesValue(spec)) found.push({ spec, value: undefined });
    else return at + 1 < word.length ? { found: [...found, { spec, value: word.slice(at + 1) }], taken: 0 } : undefined;
  }
  return undefined;
}
