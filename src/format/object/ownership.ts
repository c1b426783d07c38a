import { readU32, writeU32 } from '../big-endian.ts';
import { formatInvalid } from '../format-error.ts';
import { assertXattrs } from './xattrs.ts';

/**
 * `(uuua(ayay))`, shared by dirmeta objects and `user.ostreemeta`:
 *
 *     0  u  uid, big-endian
 *     4  u  gid, big-endian
 *     8  u  mode, big-endian, type bits included
 *    12  a(ayay)  extended attributes to the end
 */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Serialised `a(ayay)`; zero bytes for none. */
  readonly xattrs: Uint8Array;
}

const FIXED_BYTES = 12;

export function writeOwnership({ uid, gid, mode, xattrs }: Ownership): Uint8Array {
  const out = new Uint8Array(FIXED_BYTES + xattrs.length);
  writeU32(out, 0, uid);
  writeU32(out, 4, gid);
  writeU32(out, 8, mode);
  out.set(xattrs, FIXED_BYTES);
  return out;
}

/** Reads the tuple; `what` names the format in errors. The xattrs share memory with `bytes`. */
export function readOwnership(bytes: Uint8Array, what: string): Ownership {
  if (bytes.length < FIXED_BYTES) throw formatInvalid(what, `${bytes.length} bytes are too few`);
  const xattrs = bytes.subarray(FIXED_BYTES);
  assertXattrs(xattrs);
  return { uid: readU32(bytes, 0), gid: readU32(bytes, 4), mode: readU32(bytes, 8), xattrs };
}
