import { PERMISSION_BITS, S_IFDIR, fileTypeWords } from '../../base/unix-mode.ts';
import { formatInvalid } from '../format-error.ts';
import { readOwnership, writeOwnership } from './ownership.ts';
import type { Ownership } from './ownership.ts';

/** A dirmeta object, `(uuua(ayay))`: owner, mode and extended attributes of a directory. */
export type Dirmeta = Ownership;

export function writeDirmeta(dirmeta: Dirmeta): Uint8Array {
  return writeOwnership(dirmeta);
}

/** Reads a dirmeta; throws FORMAT_INVALID unless it is in normal form and its mode is that of a directory. */
export function readDirmeta(bytes: Uint8Array): Dirmeta {
  const dirmeta = readOwnership(bytes, 'dirmeta');
  if ((dirmeta.mode & ~PERMISSION_BITS) !== S_IFDIR) {
    throw formatInvalid('dirmeta', `mode 0${dirmeta.mode.toString(8)} tells a ${fileTypeWords(dirmeta.mode)}`);
  }
  return dirmeta;
}
