import { buildValue, resolveNode } from './text-build.ts';
import { parseTextNode } from './text-node.ts';
import { parseType } from './type-string.ts';
import type { Variant } from './value.ts';

/**
 * Reads a value in GLib's text format (g_variant_parse): `{'a': <uint64 5>}`. Without `type` the text must tell it;
 * throws FORMAT_INVALID with GLib's words and places, `0-3:unknown keyword`.
 */
export function parseVariantText(text: string, type?: string): Variant {
  const node = parseTextNode(text);
  return type === undefined ? resolveNode(node) : { type, value: buildValue(node, parseType(type)) };
}
