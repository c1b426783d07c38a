import { CoppiceError } from '../base/errors.ts';
import { badUsage } from './usage-error.ts';

/**
 * Reads `REGEX,REPLACEMENT` of `--tar-pathname-filter`: every match in a path is replaced, as GLib's g_regex_replace
 * does. The expression is JavaScript's instead of PCRE's; in the replacement `\0` to `\99` and `\g<name>` stand for
 * what was matched, `\n` and the like for their characters.
 */
export function parsePathnameFilter(text: string): (path: string) => string {
  const comma = text.indexOf(',');
  if (comma < 0) throw badUsage("Missing ',' in --tar-pathname-filter");
  const expression = compile(text.slice(0, comma));
  const parts = parseReplacement(text.slice(comma + 1));
  return (path) => path.replaceAll(expression, (...found: readonly unknown[]) => parts.map((part) => part(matchOf(found))).join(''));
}

interface Match {
  /** The whole match and its groups. */
  readonly groups: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

type Part = (match: Match) => string;

/** Character classes that JavaScript has not, as ASCII. */
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z', digit: '0-9', alnum: 'A-Za-z0-9', upper: 'A-Z', lower: 'a-z', space: '\\s', xdigit: '0-9A-Fa-f',
  punct: '!-\\/:-@\\[-`{-~', word: '\\w', blank: ' \\t',
};

function compile(source: string): RegExp {
  const translated = source.replaceAll(/\[:([a-z]+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole);
  try {
    return new RegExp(translated, 'gu');
  } catch (error) {
    return compileLeniently(translated, source, error);
  }
}

/** PCRE knows escapes of any character. */
function compileLeniently(translated: string, source: string, cause: unknown): RegExp {
  try {
    return new RegExp(translated, 'g');
  } catch {
    const reason = cause instanceof Error ? cause.message : '';
    throw new CoppiceError('USAGE', `--tar-pathname-filter: Error while compiling regular expression ‘${source}’: ${reason}`, { cause });
  }
}

/** String.replace tells match, groups, offset, text and, where there are any, the named groups. */
function matchOf(found: readonly unknown[]): Match {
  const last = found.at(-1);
  const named = typeof last === 'object' && last !== null ? (last as Readonly<Record<string, string>>) : {}; // by definition
  const offset = found.findIndex((value) => typeof value === 'number');
  return { groups: found.slice(0, offset).map((group) => (typeof group === 'string' ? group : '')), named };
}

const CHARACTERS: Readonly<Record<string, string>> = {
  a: '\u0007', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\',
};

function parseReplacement(text: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < text.length; ) {
    const [part, length] = text[at] === '\\' ? parseEscape(text.slice(at)) : parseLiteral(text.slice(at));
    parts.push(part);
    at += length;
  }
  return parts;
}

function parseLiteral(text: string): [Part, number] {
  const end = text.indexOf('\\');
  const literal = end < 0 ? text : text.slice(0, end);
  return [() => literal, literal.length];
}

function parseEscape(text: string): [Part, number] {
  const [reference, digits] = /^\\([0-9]{1,2})/.exec(text) ?? [];
  if (reference !== undefined) return [({ groups }) => groups[Number(digits)] ?? '', reference.length];
  const [group, name] = /^\\g<([^>]+)>/.exec(text) ?? [];
  if (group !== undefined) return [groupPart(name ?? ''), group.length];
  const character = CHARACTERS[text[1] ?? ''];
  if (character !== undefined) return [() => character, 2];
  if (/^\\[luLUQE]/.test(text)) throw new CoppiceError('NOT_IMPLEMENTED', `--tar-pathname-filter: "${text.slice(0, 2)}" in a replacement is not built`);
  throw badUsage(`--tar-pathname-filter: Error while parsing replacement text “${text}”: unknown escape sequence`);
}

function groupPart(name: string): Part {
  return /^[0-9]+$/.test(name) ? ({ groups }) => groups[Number(name)] ?? '' : ({ named }) => named[name] ?? '';
}
