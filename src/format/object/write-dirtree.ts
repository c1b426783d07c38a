import { compareUtf8 } from '../../base/byte-order.ts';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { framedSize, offsetSizeFor, writeOffset } from '../gvariant/framing.ts';
import type { OffsetSize } from '../gvariant/framing.ts';
import { assertEncodable } from '../utf8.ts';
import type { DirtreeDirectory, DirtreeFile } from './dirtree.ts';
import { nameInBoth } from './name-in-both.ts';

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Serialises a directory. Both lists must ascend by UTF-8 bytes already; throws INTERNAL when they do not, or when
 * a name is repeated, invalid or in both.
 */
export function writeDirtree(files: readonly DirtreeFile[], directories: readonly DirtreeDirectory[]): Uint8Array {
  const fileList = measure(files, 1);
  const directoryList = measure(directories, 2);
  const shared = nameInBoth(files, directories);
  if (shared !== undefined) throw internal(`"${shared}" is both a file and a directory`);
  const bodySize = fileList.size + directoryList.size;
  const out = Buffer.alloc(framedSize(bodySize, 1));
  const fileWriter = new ListWriter(out, 0, fileList);
  for (const { name, checksum } of files) fileWriter.push(name, checksum, undefined);
  const directoryWriter = new ListWriter(out, fileList.size, directoryList);
  for (const { name, tree, meta } of directories) directoryWriter.push(name, tree, meta);
  writeOffset(out, bodySize, offsetSizeFor(bodySize, 1), fileList.size);
  return out;
}

/** Sizes of a list and of what is in it, in bytes. */
interface ListSize {
  /** Names with their NUL. */
  readonly nameSizes: readonly number[];
  readonly bodySize: number;
  /** Body and framing. */
  readonly size: number;
  /** Checksums in an entry, which is also how many framing offsets it has. */
  readonly checksums: 1 | 2;
}

function measure(entries: readonly { readonly name: string }[], checksums: 1 | 2): ListSize {
  const nameSizes: number[] = [];
  let bodySize = 0;
  let previous = ''; // before every valid name
  for (const { name } of entries) {
    const nameSize = plainNameSize(name) ?? checkedNameSize(name);
    if (compareUtf8(previous, name) >= 0) throw internal(`"${name}" comes after "${previous}"`);
    previous = name;
    nameSizes.push(nameSize);
    bodySize += framedSize(nameSize + checksums * CHECKSUM_BYTES, checksums);
  }
  return { nameSizes, bodySize, size: framedSize(bodySize, entries.length), checksums };
}

/** Size of a name that is ASCII and begins with no dot, so cannot be invalid; undefined sends it to all checks. */
function plainNameSize(name: string): number | undefined {
  if (name === '' || name.charCodeAt(0) === DOT) return undefined;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 0x80 || code === SLASH || code === 0) return undefined;
  }
  return name.length + 1;
}

function checkedNameSize(name: string): number {
  const fault = fileNameFault(name);
  if (fault !== undefined) throw internal(fault);
  assertEncodable(name, 'dirtree');
  return Buffer.byteLength(name) + 1;
}

function internal(reason: string): CoppiceError {
  return new CoppiceError('INTERNAL', `cannot write dirtree: ${reason}`);
}

/** Lays the entries of one list behind each other, and their end offsets behind them. */
class ListWriter {
  readonly #out: Buffer;
  readonly #start: number;
  readonly #list: ListSize;
  readonly #offsetSize: OffsetSize;
  #index = 0;
  #at: number;

  constructor(out: Buffer, start: number, list: ListSize) {
    this.#out = out;
    this.#start = start;
    this.#at = start;
    this.#list = list;
    this.#offsetSize = offsetSizeFor(list.bodySize, list.nameSizes.length);
  }

  push(name: string, first: Uint8Array, second: Uint8Array | undefined): void {
    const nameSize = this.#list.nameSizes[this.#index] ?? 0;
    const bodySize = nameSize + this.#list.checksums * CHECKSUM_BYTES;
    const bodyEnd = this.#at + bodySize;
    const offsetSize = offsetSizeFor(bodySize, this.#list.checksums);
    this.#writeName(name, nameSize);
    this.#writeChecksum(this.#at + nameSize, first);
    if (second === undefined) {
      writeOffset(this.#out, bodyEnd, offsetSize, nameSize);
    } else {
      const treeEnd = nameSize + CHECKSUM_BYTES;
      this.#writeChecksum(this.#at + treeEnd, second);
      writeOffset(this.#out, bodyEnd, offsetSize, treeEnd);
      writeOffset(this.#out, bodyEnd + offsetSize, offsetSize, nameSize);
    }
    this.#finish(bodyEnd + this.#list.checksums * offsetSize);
  }

  /** A loop beats Buffer.write for ASCII names, which nearly all are: 65 ns against 107 ns for 23 characters. */
  #writeName(name: string, nameSize: number): void {
    if (name.length + 1 !== nameSize) {
      this.#out.write(name, this.#at);
      return;
    }
    for (let i = 0; i < name.length; i++) this.#out[this.#at + i] = name.charCodeAt(i);
  }

  #writeChecksum(at: number, checksum: Uint8Array): void {
    if (checksum.length !== CHECKSUM_BYTES) throw internal(`a checksum of ${checksum.length} bytes`);
    this.#out.set(checksum, at);
  }

  #finish(end: number): void {
    const table = this.#start + this.#list.bodySize;
    writeOffset(this.#out, table + this.#index * this.#offsetSize, this.#offsetSize, end - this.#start);
    this.#index += 1;
    this.#at = end;
  }
}
