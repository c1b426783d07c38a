import { textError } from './text-error.ts';
import type { TextNode } from './text-node.ts';
import { integerOf, numberOf } from './text-number.ts';
import { patternOf } from './text-pattern.ts';
import { isObjectPath, isSignature, parseType } from './type-string.ts';
import type { GType } from './type-string.ts';
import type { Value, Variant } from './value.ts';

/** Settles the type of a value by itself: no maybes where none are needed, strings `s`, integers `i`. */
export function resolveNode(node: TextNode): Variant {
  const pattern = patternOf(node);
  if (pattern.includes('*')) throw textError(node, 'unable to infer type');
  const type = pattern.replaceAll('M', '').replaceAll('S', 's').replaceAll('N', 'i');
  return { type, value: buildValue(node, parseType(type)) };
}

/** The value of a node as a value of `type`; throws FORMAT_INVALID where it cannot be one. */
export function buildValue(node: TextNode, type: GType): Value {
  if (node.kind === 'typed') return buildValue(node.inner, type);
  if (node.kind === 'maybe') return buildMaybe(node, node.inner, type);
  if (type.kind === 'maybe') {
    const value = buildValue(node, type.element);
    return type.element.kind === 'maybe' ? [value] : value;
  }
  return buildPlain(node, type);
}

function typeError(node: TextNode, type: GType): Error {
  return textError(node, `can not parse as value of type '${type.text}'`);
}

function buildMaybe(node: TextNode, inner: TextNode | undefined, type: GType): Value {
  if (type.kind !== 'maybe') throw typeError(node, type);
  if (inner === undefined) return null;
  const value = buildValue(inner, type.element);
  return type.element.kind === 'maybe' ? [value] : value;
}

function buildPlain(node: TextNode, type: GType): Value {
  switch (type.kind) {
    case 'basic':
      return buildBasic(node, type);
    case 'variant':
      if (node.kind !== 'variant') throw typeError(node, type);
      return resolveNode(node.inner);
    case 'array':
      return buildArray(node, type, type.element);
    case 'tuple':
      if (node.kind !== 'tuple') throw typeError(node, type);
      return buildMembers(node, node.items, type);
    case 'entry':
      if (node.kind !== 'entry') throw typeError(node, type);
      return buildMembers(node, node.pair, type);
    case 'maybe':
      break; // unwrapped by buildValue
  }
  throw typeError(node, type);
}

function buildMembers(
  node: TextNode,
  items: readonly TextNode[],
  type: GType & { readonly members: readonly GType[] },
): Value {
  if (items.length !== type.members.length) throw typeError(node, type);
  return items.map((item, index) => buildValue(item, type.members[index] ?? type));
}

function buildArray(node: TextNode, type: GType, element: GType): Value {
  if (node.kind === 'bytes' && element.text === 'y') return node.bytes;
  if (node.kind === 'dictionary' && element.kind === 'entry') {
    return node.pairs.map((pair) => buildMembers(node, pair, element));
  }
  if (node.kind !== 'array') throw typeError(node, type);
  if (element.text === 'y') return Uint8Array.from(node.items, (item) => Number(buildValue(item, element)));
  return node.items.map((item) => buildValue(item, element));
}

function buildBasic(node: TextNode, type: GType & { readonly kind: 'basic' }): Value {
  const { code } = type;
  if (node.kind === 'boolean' && code === 'b') return node.truth;
  if (node.kind === 'string' && (code === 's' || code === 'o' || code === 'g')) return checkedText(node, node.text, code);
  if (node.kind !== 'number' || 'bsog'.includes(code)) throw typeError(node, type);
  return code === 'd' ? numberOf(node, node.text) : integerOf(node, node.text, type);
}

function checkedText(node: TextNode, text: string, code: 's' | 'o' | 'g'): string {
  if (code === 'o' && !isObjectPath(text)) throw textError(node, 'not a valid object path');
  if (code === 'g' && !isSignature(text)) throw textError(node, 'not a valid signature');
  return text;
}
