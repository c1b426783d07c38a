import { formatInvalid } from '../format-error.ts';
import { asBuffer } from '../utf8.ts';
import { arrayFrame, childOfFrame, fixedCount, frameEnd, maybeBounds, tupleBounds, variantParts } from './bounds.ts';
import type { ArrayFrame, Bounds } from './bounds.ts';
import { readWithin } from './value-reader.ts';
import { parseType } from './type-string.ts';
import type { GType } from './type-string.ts';
import type { Value } from './value.ts';

/** How children are found, by kind of container. */
interface Children {
  readonly length: number;
  at(index: number): { readonly type: GType; readonly bounds: Bounds };
}

/**
 * Looks into a serialised value without reading all of it: a summary may list 100,000 refs, of which one is wanted.
 *
 * `child` checks offsets, padding and bounds on its way; only `value` checks the normal form of everything below.
 */
export class VariantReader {
  readonly #type: GType;
  readonly #bytes: Uint8Array;
  readonly #bounds: Bounds;
  readonly #children: Children;

  private constructor(type: GType, bytes: Uint8Array, bounds: Bounds) {
    this.#type = type;
    this.#bytes = bytes;
    this.#bounds = bounds;
    if (type.fixedSize !== 0 && bounds.end - bounds.start !== type.fixedSize) {
      throw formatInvalid(type.text, `${bounds.end - bounds.start} bytes instead of ${type.fixedSize}`);
    }
    this.#children = childrenOf(type, bytes, bounds);
  }

  static open(type: string, bytes: Uint8Array): VariantReader {
    return new VariantReader(parseType(type), bytes, { start: 0, end: bytes.length });
  }

  get type(): string {
    return this.#type.text;
  }

  /** Number of children: of a maybe 0 or 1, of a variant 1, of a basic type 0. */
  get length(): number {
    return this.#children.length;
  }

  /** The serialised bytes of this value; they share memory. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#bounds.start, this.#bounds.end);
  }

  /** The child at `index`; FORMAT_INVALID when there is none or its bounds are broken. */
  child(index: number): VariantReader {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw formatInvalid(this.type, `no child ${index} among ${this.length}`);
    }
    const { type, bounds } = this.#children.at(index);
    return new VariantReader(type, this.#bytes, bounds);
  }

  /** Reads this value with everything below it; FORMAT_INVALID unless it is in normal form. */
  value(): Value {
    return readWithin(this.#type, this.#bytes, this.#bounds);
  }
}

const NO_CHILDREN: Children = {
  length: 0,
  at: (index) => {
    throw formatInvalid('variant', `no child ${index}`);
  },
};

function only(type: GType, bounds: Bounds): Children {
  return { length: 1, at: () => ({ type, bounds }) };
}

function childrenOf(type: GType, bytes: Uint8Array, bounds: Bounds): Children {
  switch (type.kind) {
    case 'basic':
      return NO_CHILDREN;
    case 'variant':
      return variantChild(bytes, bounds);
    case 'maybe':
      return maybeChild(bytes, type.element, bounds);
    case 'array':
      return type.element.fixedSize === 0
        ? variableChildren(bytes, arrayFrame(bytes, type.element, bounds))
        : fixedChildren(type.element, bounds);
    case 'tuple':
    case 'entry':
      break;
  }
  return memberChildren(type.members, tupleBounds(bytes, type, bounds));
}

function variantChild(bytes: Uint8Array, { start, end }: Bounds): Children {
  const { type, valueEnd } = variantParts(asBuffer(bytes), start, end);
  return only(parseType(type), { start, end: valueEnd });
}

function maybeChild(bytes: Uint8Array, element: GType, bounds: Bounds): Children {
  const inner = maybeBounds(bytes, element, bounds);
  return inner === undefined ? NO_CHILDREN : only(element, inner);
}

function fixedChildren(type: GType, bounds: Bounds): Children {
  const at = (index: number): Bounds => {
    const start = bounds.start + index * type.fixedSize;
    return { start, end: start + type.fixedSize };
  };
  return { length: fixedCount(type, bounds), at: (index) => ({ type, bounds: at(index) }) };
}

function variableChildren(bytes: Uint8Array, frame: ArrayFrame): Children {
  return {
    length: frame.count,
    at: (index) => ({
      type: frame.element,
      bounds: childOfFrame(bytes, frame, index, frameEnd(bytes, frame, index - 1)),
    }),
  };
}

function memberChildren(members: readonly GType[], inner: readonly Bounds[]): Children {
  return {
    length: members.length,
    at: (index) => {
      const [type, bounds] = [members[index], inner[index]];
      return type === undefined || bounds === undefined ? NO_CHILDREN.at(index) : { type, bounds };
    },
  };
}
