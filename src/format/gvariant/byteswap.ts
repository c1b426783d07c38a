import { parseType } from './type-string.ts';
import type { BasicCode, GType } from './type-string.ts';
import { isValueList, isVariant } from './value.ts';
import type { Value } from './value.ts';

/**
 * Turns the bytes of every number round, those inside variants too: what g_variant_byteswap does. ostree keeps most of
 * its integers big-endian and prints raw values through it, which turns the few little-endian ones into nonsense.
 */
export function byteswap(type: string, value: Value): Value {
  return swap(parseType(type), value);
}

function swap(type: GType, value: Value): Value {
  switch (type.kind) {
    case 'basic':
      return swapBasic(type.code, value);
    case 'variant':
      return isVariant(value) ? { type: value.type, value: byteswap(value.type, value.value) } : value;
    case 'maybe':
      return swapMaybe(type.element, value);
    case 'array':
      return isValueList(value) ? value.map((item) => swap(type.element, item)) : value;
    case 'tuple':
    case 'entry':
      break;
  }
  return swapMembers(type.members, value);
}

function swapMaybe(element: GType, value: Value): Value {
  if (element.kind !== 'maybe') return value === null ? null : swap(element, value);
  return isValueList(value) ? value.map((item) => swap(element, item)) : value;
}

function swapMembers(members: readonly GType[], value: Value): Value {
  if (!isValueList(value)) return value;
  return value.map((item, index) => {
    const member = members[index];
    return member === undefined ? item : swap(member, item);
  });
}

function swapBasic(code: BasicCode, value: Value): Value {
  const view = new DataView(new ArrayBuffer(8));
  if (typeof value === 'bigint') return swapBig(view, code, value);
  return typeof value === 'number' ? swapNumber(view, code, value) : value;
}

function swapBig(view: DataView, code: BasicCode, value: bigint): bigint {
  if (code === 'h') {
    view.setInt32(0, Number(value), true);
    return BigInt(view.getInt32(0));
  }
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  return code === 'x' ? view.getBigInt64(0) : view.getBigUint64(0);
}

const NUMBER_SWAPS: Readonly<Partial<Record<BasicCode, (view: DataView, value: number) => number>>> = {
  n: (view, value) => (view.setInt16(0, value, true), view.getInt16(0)),
  q: (view, value) => (view.setUint16(0, value, true), view.getUint16(0)),
  i: (view, value) => (view.setInt32(0, value, true), view.getInt32(0)),
  u: (view, value) => (view.setUint32(0, value, true), view.getUint32(0)),
  d: (view, value) => (view.setFloat64(0, value, true), view.getFloat64(0)),
};

function swapNumber(view: DataView, code: BasicCode, value: number): number {
  return NUMBER_SWAPS[code]?.(view, value) ?? value;
}
