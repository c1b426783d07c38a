import { textError } from './text-error.ts';
import type { TextNode } from './text-node.ts';

/**
 * What types a written value could have, as a pattern. A pattern is a type string with wild cards:
 *
 *     M   any number of maybes
 *     N   any of the numeric types
 *     S   s, o or g
 *     *   any type
 *
 * GLib's rules; items of an array get the pattern that fits all of them.
 */
export function patternOf(node: TextNode): string {
  switch (node.kind) {
    case 'array':
      return `Ma${commonPattern(node.items)}`;
    case 'tuple':
      return `M(${node.items.map(patternOf).join('')})`;
    case 'dictionary':
      return node.pairs[0] === undefined ? 'Ma{**}' : `Ma${pairPattern(node, node.pairs[0])}`;
    case 'entry':
      return `M${pairPattern(node, node.pair)}`;
    case 'maybe':
      return node.inner === undefined ? 'm*' : `m${patternOf(node.inner)}`;
    case 'typed':
      return node.type.text;
    case 'number':
      return isDouble(node.text) ? 'Md' : 'MN';
    case 'variant':
    case 'string':
    case 'bytes':
    case 'boolean':
      break;
  }
  return LEAF_PATTERNS[node.kind];
}

const LEAF_PATTERNS = { variant: 'Mv', string: 'MS', bytes: 'May', boolean: 'Mb' } as const;

/** Whether a number can only be a double: it has a point, an exponent, or is infinite or none. */
function isDouble(text: string): boolean {
  const hex = /^[-+]?0x/.test(text);
  return text.includes('.') || (!hex && text.includes('e')) || text.includes('inf') || text.includes('nan');
}

/** A dictionary goes by its first pair, as in GLib. Keys are never maybes. */
function pairPattern(node: TextNode, [key, value]: readonly [TextNode, TextNode]): string {
  const keyPattern = patternOf(key).replace(/^M/, '');
  if (keyPattern.length === 1 && 'bynqiuxthdsogNS'.includes(keyPattern)) return `{${keyPattern}${patternOf(value)}}`;
  throw textError(node, 'dictionary keys must have basic types');
}

function commonPattern(nodes: readonly TextNode[]): string {
  const patterns = nodes.map(patternOf);
  let common = patterns[0] ?? '*';
  patterns.forEach((pattern, index) => {
    const merged = coalesce(common, pattern);
    if (merged === undefined) throw noCommonType(nodes, patterns, index);
    common = merged;
  });
  return common;
}

/** Names the pair that does not go together. */
function noCommonType(nodes: readonly TextNode[], patterns: readonly string[], index: number): Error {
  const pattern = patterns[index] ?? '*';
  const other = patterns.findIndex((earlier) => coalesce(earlier, pattern) === undefined);
  const [left, right] = [nodes[other], nodes[index]];
  return textError(left ?? right ?? { start: 0, end: 0 }, 'unable to find a common type', right);
}

interface Cursor {
  readonly text: string;
  at: number;
}

/** The pattern of what fits both; undefined when nothing does. */
function coalesce(left: string, right: string): string | undefined {
  if (left === right) return left;
  const [a, b]: [Cursor, Cursor] = [
    { text: left, at: 0 },
    { text: right, at: 0 },
  ];
  let out = '';
  while (a.at < left.length && b.at < right.length) {
    const step = mergeEqual(a, b) ?? mergeStep(a, b) ?? mergeStep(b, a);
    if (step === undefined) return undefined;
    out += step;
  }
  return a.at === left.length && b.at === right.length ? out : undefined;
}

function mergeEqual(a: Cursor, b: Cursor): string | undefined {
  const char = a.text.charAt(a.at);
  if (char !== b.text.charAt(b.at)) return undefined;
  a.at += 1;
  b.at += 1;
  return char;
}

/** Lets the wild card at `wild` give way to what `other` has. */
function mergeStep(wild: Cursor, other: Cursor): string | undefined {
  const [card, char] = [wild.text.charAt(wild.at), other.text.charAt(other.at)];
  if (card === '*' && char !== ')') {
    wild.at += 1;
    return copyOne(other);
  }
  if (card === 'M' && char === 'm') {
    other.at += 1;
    return char;
  }
  if (card === 'M' && char !== '*') {
    wild.at += 1;
    return '';
  }
  if (!(card === 'N' && 'ynqiuxthd'.includes(char)) && !(card === 'S' && 'sog'.includes(char))) return undefined;
  wild.at += 1;
  other.at += 1;
  return char;
}

/** Takes one complete pattern. */
function copyOne(cursor: Cursor): string {
  const start = cursor.at;
  while ('amM'.includes(cursor.text.charAt(cursor.at)) && cursor.at < cursor.text.length) cursor.at += 1;
  let open = 0;
  do {
    const char = cursor.text.charAt(cursor.at);
    if (char === '(' || char === '{') open += 1;
    else if (char === ')' || char === '}') open -= 1;
    cursor.at += 1;
  } while (open > 0 && cursor.at < cursor.text.length);
  return cursor.text.slice(start, cursor.at);
}
