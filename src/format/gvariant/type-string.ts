import { formatInvalid } from '../format-error.ts';
import { alignUp } from './framing.ts';

/** How deep containers and variants may nest (G_VARIANT_MAX_RECURSION_DEPTH). */
export const MAX_DEPTH = 128;

const MAX_TEXT = 0xffff;
const CACHE_LIMIT = 512;
const CACHED_TEXT = 64;

export type BasicCode = 'b' | 'y' | 'n' | 'q' | 'i' | 'u' | 'x' | 't' | 'h' | 'd' | 's' | 'o' | 'g';
export type Alignment = 1 | 2 | 4 | 8;

interface Layout {
  /** The type string itself. */
  readonly text: string;
  readonly alignment: Alignment;
  /** Bytes of every value of the type; 0 when values differ in size. */
  readonly fixedSize: number;
  /** How many levels of containers the type has; 0 for a basic type. */
  readonly depth: number;
}

export type GType = Layout &
  (
    | { readonly kind: 'basic'; readonly code: BasicCode }
    | { readonly kind: 'variant' }
    | { readonly kind: 'array' | 'maybe'; readonly element: GType }
    | { readonly kind: 'tuple' | 'entry'; readonly members: readonly GType[] }
  );

/** Size (and alignment) of the basic types; strings have alignment 1 and no fixed size. */
const BASIC: Readonly<Record<BasicCode, 0 | 1 | 2 | 4 | 8>> = {
  b: 1,
  y: 1,
  n: 2,
  q: 2,
  i: 4,
  u: 4,
  h: 4,
  x: 8,
  t: 8,
  d: 8,
  s: 0,
  o: 0,
  g: 0,
};

const cache = new Map<string, GType>();

/** Reads one complete, definite type string; throws FORMAT_INVALID for anything else. Results are cached. */
export function parseType(text: string): GType {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (text.length > MAX_TEXT) throw formatInvalid('type string', `${text.length} characters are too many`);
  const cursor = { text, at: 0 };
  const type = parseOne(cursor, 0);
  if (cursor.at !== text.length) throw broken(text);
  if (text.length <= CACHED_TEXT) remember(type);
  return type;
}

/** Keeps the cache small: hostile files may bring any number of types. */
function remember(type: GType): void {
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(type.text, type);
}

interface Cursor {
  readonly text: string;
  at: number;
}

function broken(text: string): Error {
  return formatInvalid('type string', `"${text.slice(0, 100)}" is no type`);
}

function isBasicCode(char: string): char is BasicCode {
  return char in BASIC && char.length === 1;
}

function parseOne(cursor: Cursor, depth: number): GType {
  if (depth > MAX_DEPTH) throw formatInvalid('type string', 'it nests too deeply');
  const start = cursor.at;
  const code = cursor.text.charAt(cursor.at++);
  if (isBasicCode(code)) return basicType(code);
  switch (code) {
    case 'v':
      return { kind: 'variant', text: 'v', alignment: 8, fixedSize: 0, depth: 1 };
    case 'a':
    case 'm':
      return elementType(cursor, code, depth);
    case '(':
      return tupleType(cursor, start, depth);
    case '{':
      return entryType(cursor, start, depth);
    default:
      throw broken(cursor.text);
  }
}

function basicType(code: BasicCode): GType {
  const size = BASIC[code];
  return { kind: 'basic', code, text: code, alignment: size === 0 ? 1 : size, fixedSize: size, depth: 0 };
}

function elementType(cursor: Cursor, code: 'a' | 'm', depth: number): GType {
  const element = parseOne(cursor, depth + 1);
  const kind = code === 'a' ? 'array' : 'maybe';
  const { alignment } = element;
  return { kind, element, text: code + element.text, alignment, fixedSize: 0, depth: element.depth + 1 };
}

function tupleType(cursor: Cursor, start: number, depth: number): GType {
  const members: GType[] = [];
  while (cursor.text.charAt(cursor.at) !== ')') members.push(parseOne(cursor, depth + 1));
  cursor.at += 1;
  return { kind: 'tuple', members, text: cursor.text.slice(start, cursor.at), ...layOut(members) };
}

function entryType(cursor: Cursor, start: number, depth: number): GType {
  const key = parseOne(cursor, depth + 1);
  const value = parseOne(cursor, depth + 1);
  if (key.kind !== 'basic' || cursor.text.charAt(cursor.at++) !== '}') throw broken(cursor.text);
  const members = [key, value];
  return { kind: 'entry', members, text: cursor.text.slice(start, cursor.at), ...layOut(members) };
}

/** Alignment and size of a tuple: fixed when all members are; the empty one takes a byte. */
function layOut(members: readonly GType[]): Omit<Layout, 'text'> {
  let alignment: Alignment = 1;
  let size = 0;
  let depth = 0;
  let fixed = true;
  for (const member of members) {
    if (member.alignment > alignment) alignment = member.alignment;
    if (member.depth > depth) depth = member.depth;
    if (member.fixedSize === 0) fixed = false;
    size = alignUp(size, member.alignment) + member.fixedSize;
  }
  const fixedSize = members.length === 0 ? 1 : alignUp(size, alignment);
  return { alignment, depth: depth + 1, fixedSize: fixed ? fixedSize : 0 };
}

/** Whether the text is a D-Bus object path, what a value of type `o` must be. */
export function isObjectPath(text: string): boolean {
  return /^\/(?:[A-Za-z0-9_]+(?:\/[A-Za-z0-9_]+)*)?$/.test(text) && !text.endsWith('\n');
}

/** Whether the text is a row of complete types, what a value of type `g` must be. */
export function isSignature(text: string): boolean {
  if (text.includes('m')) return false; // D-Bus knows no maybe
  try {
    parseType(`(${text})`);
    return true;
  } catch {
    return false;
  }
}
