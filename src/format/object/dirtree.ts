/**
 * A dirtree object, `(a(say)a(sayay))`: the names in one directory and what they stand for.
 *
 *     a(say)     files: name, content checksum
 *     a(sayay)   directories: name, dirtree checksum, dirmeta checksum
 *     offset     where the files end
 *
 * Both arrays ascend by the bytes of their names; no name is in both. Everything has alignment 1, so there is no
 * padding. The codec is written by hand: the generic one takes twice as long (26 µs against 13 µs for 58 entries) and
 * checks no names, and a big tree has 100,000 of these objects. A property test compares the two.
 */
export interface Dirtree {
  readonly files: readonly DirtreeFile[];
  readonly directories: readonly DirtreeDirectory[];
}

export interface DirtreeFile {
  readonly name: string;
  /** 32 bytes naming the content object. */
  readonly checksum: Uint8Array;
}

export interface DirtreeDirectory {
  readonly name: string;
  /** 32 bytes naming the dirtree object. */
  readonly tree: Uint8Array;
  /** 32 bytes naming the dirmeta object. */
  readonly meta: Uint8Array;
}

export { readDirtree } from './read-dirtree.ts';
export { writeDirtree } from './write-dirtree.ts';
