import { printVariant } from '../../format/gvariant/print.ts';
import { readVariant } from '../../format/gvariant/read.ts';
import { readXattrs } from '../../format/object/xattrs.ts';

const XATTRS_TYPE = 'a(ayay)';

/** Extended attributes as ostree shows them: `{ [(b'user.a', [byte 0x01])] }`. */
export function xattrText(xattrs: Uint8Array): string {
  return `{ ${printVariant(XATTRS_TYPE, readVariant(XATTRS_TYPE, xattrs))} }`;
}

export function xattrJson(xattrs: Uint8Array): { readonly name: string; readonly base64: string }[] {
  return readXattrs(xattrs).map(({ name, value }) => ({ name, base64: Buffer.from(value).toString('base64') }));
}
