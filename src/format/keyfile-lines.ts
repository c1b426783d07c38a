import { CoppiceError } from '../base/errors.ts';
import type { Facts } from '../base/errors.ts';

interface Line {
  /** The line as it stands in the file, without its newline. */
  readonly text: string;
  /** The group it belongs to; empty before the first group. */
  readonly group: string;
}

export interface PairLine extends Line {
  readonly kind: 'pair';
  readonly key: string;
  /** As written: leading white space is gone, trailing stays, escapes are not resolved. */
  readonly value: string;
}

/** A group header, a pair, or a comment or blank line. */
export type KeyfileLine = PairLine | (Line & { readonly kind: 'group' | 'other' });

const GROUP = /^\[([^\]]*)\][ \t]*$/;
const LEADING_SPACE = /^[ \t\n\f\r]+/;
const SPACES = ' \t\n\f\r';

/** A FORMAT_INVALID in the words of GKeyFile, which users of ostree know. */
export function keyfileError(message: string, facts: Facts = {}): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', message, { facts });
}

/** Reads the lines of a key file; throws FORMAT_INVALID for one that GKeyFile refuses. */
export function parseKeyfileLines(text: string): KeyfileLine[] {
  const rows = text.split('\n');
  const last = rows.pop() ?? '';
  const lines: KeyfileLine[] = [];
  let group = '';
  const add = (row: string, content: string): void => {
    const line = parseLine(row, content, group);
    group = line.group;
    lines.push(line);
  };
  for (const row of rows) add(row, row.endsWith('\r') ? row.slice(0, -1) : row);
  if (last !== '') add(last, last); // only a whole line end, CR LF, is cut off
  return lines;
}

/** `text` is the line as it stands in the file, `content` the same without its line end. */
function parseLine(text: string, content: string, group: string): KeyfileLine {
  const bare = content.replace(LEADING_SPACE, '');
  if (bare === '' || bare.startsWith('#')) return { kind: 'other', group, text };
  const header = GROUP.exec(bare)?.[1];
  if (header !== undefined) return groupLine(text, header);
  if (bare.indexOf('=') > 0) return pairLine(text, bare, group);
  const reason = `Key file contains line “${content}” which is not a key-value pair, group, or comment`;
  throw keyfileError(reason, { line: content });
}

function groupLine(text: string, group: string): KeyfileLine {
  if (!isGroupName(group)) throw keyfileError(`Invalid group name: ${group}`);
  return { kind: 'group', group, text };
}

function pairLine(text: string, bare: string, group: string): KeyfileLine {
  const equals = bare.indexOf('=');
  if (group === '') throw keyfileError('Key file does not start with a group');
  const key = trimEnd(bare.slice(0, equals));
  if (!isKeyName(key)) throw keyfileError(`Invalid key name: ${key}`);
  return { kind: 'pair', group, key, value: bare.slice(equals + 1).replace(LEADING_SPACE, ''), text };
}

/** A loop, for a regular expression would take quadratic time on a long run of spaces. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACES.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Whether the text can stand between the brackets of a group header. */
export function isGroupName(text: string): boolean {
  return text !== '' && !/[[\]\p{Cc}]/u.test(text);
}

/** Whether the text can name a key; it may end in a locale, `name[de]`. */
export function isKeyName(text: string): boolean {
  return /^[^=[\]\n]+(?:\[[-_.@\p{L}\p{N}]*\])?$/u.test(text) && !/^[ #]| (?:\[|$)/.test(text);
}
