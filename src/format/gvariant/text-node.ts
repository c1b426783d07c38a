import { textError } from './text-error.ts';
import type { TextSpan } from './text-error.ts';
import { unquoteBytes, unquoteString } from './text-quotes.ts';
import { TokenStream } from './text-tokens.ts';
import type { Token } from './text-tokens.ts';
import { MAX_DEPTH, parseType } from './type-string.ts';
import type { GType } from './type-string.ts';

/** A value as it is written, before its type is settled. */
export type TextNode = TextSpan &
  (
    | { readonly kind: 'array' | 'tuple'; readonly items: readonly TextNode[] }
    | { readonly kind: 'dictionary'; readonly pairs: readonly (readonly [TextNode, TextNode])[] }
    | { readonly kind: 'entry'; readonly pair: readonly [TextNode, TextNode] }
    | { readonly kind: 'variant'; readonly inner: TextNode }
    | { readonly kind: 'maybe'; readonly inner: TextNode | undefined }
    | { readonly kind: 'typed'; readonly type: GType; readonly inner: TextNode }
    | { readonly kind: 'string' | 'number'; readonly text: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'boolean'; readonly truth: boolean }
  );

const KEYWORD_TYPES: ReadonlyMap<string, string> = new Map([
  ['boolean', 'b'],
  ['byte', 'y'],
  ['int16', 'n'],
  ['uint16', 'q'],
  ['int32', 'i'],
  ['handle', 'h'],
  ['uint32', 'u'],
  ['int64', 'x'],
  ['uint64', 't'],
  ['double', 'd'],
  ['string', 's'],
  ['objectpath', 'o'],
  ['signature', 'g'],
]);

/** Reads one value from the text; throws FORMAT_INVALID at the first thing that does not belong. */
export function parseTextNode(text: string): TextNode {
  const stream = new TokenStream(text);
  const node = parseNode(stream, 0);
  if (stream.peek().text !== '') throw textError(stream.place(), 'expected end of input');
  return node;
}

function parseNode(stream: TokenStream, depth: number): TextNode {
  const token = stream.peek();
  if (depth > MAX_DEPTH) throw textError(token, 'variant nested too deeply');
  const first = token.text.charAt(0);
  switch (first) {
    case '[':
      return parseArray(stream, depth);
    case '(':
      return parseTuple(stream, depth);
    case '<':
      return parseVariant(stream, depth);
    case '{':
      return parseDictionary(stream, depth);
    case '@':
      return parseTyped(stream, depth);
    case "'":
    case '"':
      return { ...spanOf(stream.next()), kind: 'string', text: unquoteString(token) };
    default:
      return parseWord(stream, token, depth);
  }
}

function spanOf({ start, end }: Token): TextSpan {
  return { start, end };
}

function parseWord(stream: TokenStream, token: Token, depth: number): TextNode {
  const { text } = token;
  if (/^(?:[-+.0-9]|inf$|nan$)/.test(text)) return { ...spanOf(stream.next()), kind: 'number', text };
  if (text === 'true' || text === 'false') return { ...spanOf(stream.next()), kind: 'boolean', truth: text === 'true' };
  if (text === 'nothing' || text === 'just') return parseMaybe(stream, depth);
  if (text.startsWith("b'") || text.startsWith('b"')) {
    return { ...spanOf(stream.next()), kind: 'bytes', bytes: unquoteBytes(token) };
  }
  if (/^[a-z]{2}/.test(text)) return parseKeyword(stream, depth);
  throw textError(stream.place(), 'expected value');
}

function parseMaybe(stream: TokenStream, depth: number): TextNode {
  const token = stream.next();
  if (token.text === 'nothing') return { ...spanOf(token), kind: 'maybe', inner: undefined };
  const inner = parseNode(stream, depth + 1);
  return { start: token.start, end: inner.end, kind: 'maybe', inner };
}

function parseKeyword(stream: TokenStream, depth: number): TextNode {
  const token = stream.next();
  const type = KEYWORD_TYPES.get(token.text);
  if (type === undefined) throw textError(token, 'unknown keyword');
  const inner = parseNode(stream, depth + 1);
  return { start: token.start, end: inner.end, kind: 'typed', type: parseType(type), inner };
}

function parseTyped(stream: TokenStream, depth: number): TextNode {
  const token = stream.next();
  const type = declaredType(token);
  const inner = parseNode(stream, depth + 1);
  return { start: token.start, end: inner.end, kind: 'typed', type, inner };
}

function declaredType(token: Token): GType {
  const text = token.text.slice(1);
  const definite = text.replace(/[*?r]/g, 'i');
  try {
    const type = parseType(definite);
    if (definite === text) return type;
  } catch {
    throw textError(token, 'invalid type declaration');
  }
  throw textError(token, 'type declarations must be definite');
}

function parseArray(stream: TokenStream, depth: number): TextNode {
  const { start } = stream.next();
  const items: TextNode[] = [];
  while (stream.peek().text !== ']' || items.length > 0) {
    if (items.length > 0) {
      if (stream.peek().text === ']') break;
      stream.expect(',', " or ']' to follow array element");
    }
    items.push(parseNode(stream, depth + 1));
  }
  return { start, end: stream.next().end, kind: 'array', items };
}

/** `()`, `(1,)`, `(1, 2)`: the comma behind the first item tells a tuple. */
function parseTuple(stream: TokenStream, depth: number): TextNode {
  const { start } = stream.next();
  const items: TextNode[] = [];
  while (stream.peek().text !== ')') {
    if (items.length > 1) stream.expect(',', " or ')' to follow tuple element");
    items.push(parseNode(stream, depth + 1));
    if (items.length === 1) stream.expect(',', ' after first tuple element');
  }
  return { start, end: stream.next().end, kind: 'tuple', items };
}

function parseVariant(stream: TokenStream, depth: number): TextNode {
  const { start } = stream.next();
  const inner = parseNode(stream, depth + 1);
  const { end } = stream.peek();
  stream.expect('>', ' to follow variant value');
  return { start, end, kind: 'variant', inner };
}

/** `{k: v, …}` is a dictionary, `{k, v}` a single entry. */
function parseDictionary(stream: TokenStream, depth: number): TextNode {
  const { start } = stream.next();
  if (stream.peek().text === '}') return { start, end: stream.next().end, kind: 'dictionary', pairs: [] };
  const key = parseNode(stream, depth + 1);
  if (stream.take(',')) return parseEntry(stream, depth, { start, key });
  stream.expect(':', " or ',' to follow dictionary entry key");
  const pairs: [TextNode, TextNode][] = [[key, parseNode(stream, depth + 1)]];
  while (stream.peek().text !== '}') {
    stream.expect(',', " or '}' to follow dictionary entry");
    const nextKey = parseNode(stream, depth + 1);
    stream.expect(':', ' to follow dictionary entry key');
    pairs.push([nextKey, parseNode(stream, depth + 1)]);
  }
  return { start, end: stream.next().end, kind: 'dictionary', pairs };
}

function parseEntry(stream: TokenStream, depth: number, { start, key }: { start: number; key: TextNode }): TextNode {
  const value = parseNode(stream, depth + 1);
  const { end } = stream.peek();
  stream.expect('}', ' at end of dictionary entry');
  return { start, end, kind: 'entry', pair: [key, value] };
}
