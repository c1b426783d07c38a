import { byteswap } from '../../format/gvariant/byteswap.ts';
import { printVariant } from '../../format/gvariant/print.ts';
import type { Variant } from '../../format/gvariant/value.ts';

/** A value as GVariant text; `swap` turns its numbers round, as ostree does unless `-B` is given. */
export function variantText({ type, value }: Variant, options: { readonly swap: boolean }): string {
  return printVariant(type, options.swap ? byteswap(type, value) : value);
}
