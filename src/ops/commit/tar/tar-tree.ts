import { CHECKSUM_BYTES } from '../../../base/checksum.ts';

/** Grows by this many checksums. */
const CHUNK = 4096;

/** Checksums by number: content gets its number when its entry is read, and its checksum when a worker has stored it. */
export class ChecksumTable {
  readonly #chunks: Uint8Array[] = [];
  #count = 0;

  /** A number whose checksum is to come. */
  reserve(): number {
    if (this.#count % CHUNK === 0) this.#chunks.push(new Uint8Array(CHUNK * CHECKSUM_BYTES));
    this.#count += 1;
    return this.#count - 1;
  }

  set(slot: number, checksum: Uint8Array): void {
    this.#chunk(slot).set(checksum, (slot % CHUNK) * CHECKSUM_BYTES);
  }

  /** A view. */
  get(slot: number): Uint8Array {
    const at = (slot % CHUNK) * CHECKSUM_BYTES;
    return this.#chunk(slot).subarray(at, at + CHECKSUM_BYTES);
  }

  #chunk(slot: number): Uint8Array {
    const chunk = this.#chunks[Math.floor(slot / CHUNK)];
    if (chunk === undefined) throw new RangeError(`no checksum has number ${slot}`);
    return chunk;
  }
}

/**
 * A directory of an archive: entries come in any order, so the tree is held until the archive has ended. It costs its
 * names and 32 bytes a file.
 */
export class TarDirectory {
  /** Checksum of the dirmeta; undefined where only the trees below tell it. */
  meta: Uint8Array | undefined;
  readonly directories = new Map<string, TarDirectory>();
  /** Numbers in the `ChecksumTable`. */
  readonly files = new Map<string, number>();
}

export interface TarTree {
  readonly root: TarDirectory;
  readonly checksums: ChecksumTable;
}

export function emptyTarTree(): TarTree {
  return { root: new TarDirectory(), checksums: new ChecksumTable() };
}

/** The directory at the path, where the archive has one. */
export function findTarDirectory(root: TarDirectory, parts: readonly string[]): TarDirectory | undefined {
  let node: TarDirectory | undefined = root;
  for (const part of parts) node = node?.directories.get(part);
  return node;
}
