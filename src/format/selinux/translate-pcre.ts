import { formatInvalid } from '../format-error.ts';

const WHAT = 'regular expression of the SELinux policy';
/** PCRE's `$` without DOLLAR_ENDONLY: the end, or a line feed that is the last character. */
const END = '(?=\\n?$)';

/** What stands behind a backslash, outside of a class and (undefined: nothing can) in one. JavaScript's own \s knows 0xa0. */
const ESCAPES: ReadonlyMap<string, { readonly outside: string; readonly inClass: string | undefined }> = new Map([
  ...['d', 'D', 'w', 'W', 'n', 'r', 't', 'f'].map((letter) => [letter, { outside: `\\${letter}`, inClass: `\\${letter}` }] as const),
  ['b', { outside: '\\b', inClass: '\\b' }],
  ['B', { outside: '\\B', inClass: undefined }],
  ['s', { outside: '[\\t-\\r ]', inClass: '\\t-\\r ' }],
  ['S', { outside: '[^\\t-\\r ]', inClass: '\\S\\xa0' }],
  ['h', { outside: '[\\t \\xa0]', inClass: '\\t \\xa0' }],
  ['H', { outside: '[^\\t \\xa0]', inClass: undefined }],
  ['v', { outside: '[\\n-\\r\\x85]', inClass: '\\n-\\r\\x85' }],
  ['V', { outside: '[^\\n-\\r\\x85]', inClass: undefined }],
  ['N', { outside: '[^\\n]', inClass: undefined }],
  ['a', { outside: '\\x07', inClass: '\\x07' }],
  ['e', { outside: '\\x1b', inClass: '\\x1b' }],
  ['A', { outside: '(?<![^])', inClass: undefined }],
  ['z', { outside: '(?![^])', inClass: undefined }],
  ['Z', { outside: END, inClass: undefined }],
]);

/** ASCII, as in the C locale. */
const POSIX_CLASSES: ReadonlyMap<string, string> = new Map([
  ['alpha', 'A-Za-z'],
  ['digit', '0-9'],
  ['alnum', 'A-Za-z0-9'],
  ['upper', 'A-Z'],
  ['lower', 'a-z'],
  ['space', '\\t-\\r '],
  ['blank', '\\t '],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['print', ' -~'],
  ['graph', '!-~'],
  ['cntrl', '\\0-\\x1f\\x7f'],
  ['xdigit', '0-9A-Fa-f'],
  ['word', '\\w'],
  ['ascii', '\\0-\\x7f'],
]);

/** Groups that both languages have, by what follows their parenthesis. */
const GROUP = /^\((?:\?(?::|=|!|<=|<!)|(?![?*]))/;
const HEX_ESCAPE = /^\\x[0-9A-Fa-f]{2}/;
const POSIX_CLASS = /^\[:([a-z]+):\]/;

/** A piece of the translation, and how long its source is. */
interface Piece {
  readonly text: string;
  readonly length: number;
}

/**
 * The JavaScript expression that finds in a string of bytes (each character below 256) what PCRE2 with DOTALL finds.
 * Throws FORMAT_INVALID for what PCRE refuses and for what JavaScript has not: possessive quantifiers, atomic groups,
 * options within the expression, back references, recursion.
 */
export function translatePcre(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; ) {
    const { text, length } = translateNext(pattern.slice(at), pattern);
    source += text;
    at += length;
  }
  try {
    return new RegExp(source, 's');
  } catch {
    throw formatInvalid(WHAT, `"${pattern}" is broken or uses what is not supported`);
  }
}

function translateNext(rest: string, pattern: string): Piece {
  const [first = ''] = rest;
  if (first === '\\') return translateEscape(rest, pattern, 'outside');
  if (first === '[') return translateClass(rest, pattern);
  if (first === '$') return { text: END, length: 1 };
  if (first === '(' && !GROUP.test(rest)) throw unsupported(rest, pattern);
  return { text: first, length: 1 };
}

function translateEscape(rest: string, pattern: string, where: 'outside' | 'inClass'): Piece {
  const [hex] = HEX_ESCAPE.exec(rest) ?? [];
  if (hex !== undefined) return { text: hex, length: hex.length };
  const letter = rest.charAt(1);
  if (/^[^0-9A-Za-z]$/s.test(letter)) return { text: literal(letter), length: 2 };
  const text = ESCAPES.get(letter)?.[where];
  if (text === undefined) throw unsupported(rest, pattern);
  return { text, length: 2 };
}

function literal(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A bracket that comes first in a class is one of its members. */
function translateClass(rest: string, pattern: string): Piece {
  const open = rest.startsWith('[^') ? '[^' : '[';
  let text = open;
  let at = open.length;
  for (let isFirst = true; isFirst || rest[at] !== ']'; isFirst = false) {
    if (at >= rest.length) throw formatInvalid(WHAT, `"${pattern}" has a class without an end`);
    const member = translateMember(rest.slice(at), pattern);
    text += member.text;
    at += member.length;
  }
  return { text: `${text}]`, length: at + 1 };
}

function translateMember(rest: string, pattern: string): Piece {
  const [first = ''] = rest;
  if (first === '\\') return translateEscape(rest, pattern, 'inClass');
  const [whole = '', name = ''] = POSIX_CLASS.exec(rest) ?? [];
  if (whole !== '') {
    const text = POSIX_CLASSES.get(name);
    if (text === undefined) throw unsupported(rest, pattern);
    return { text, length: whole.length };
  }
  if (/^\[[.=:]/.test(rest)) throw unsupported(rest, pattern);
  return { text: first === '-' ? first : literal(first), length: 1 };
}

function unsupported(rest: string, pattern: string): Error {
  return formatInvalid(WHAT, `"${pattern}" uses "${rest.slice(0, 3)}", which is not supported`);
}
