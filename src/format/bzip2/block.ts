import { formatInvalid } from '../format-error.ts';
import type { BitReader } from './bit-reader.ts';
import { HuffmanTable, MAX_CODE_BITS } from './huffman-table.ts';

/** Symbols that share one table before the next selector. */
const GROUP_SYMBOLS = 50;
const RUN_A = 0;
const RUN_B = 1;

/** A block as it is sorted: bytes in the low eight bits, and the rotation to begin with. */
export interface SortedBlock {
  readonly crc: number;
  readonly length: number;
  readonly start: number;
}

interface Codes {
  readonly tables: readonly HuffmanTable[];
  readonly selectors: Uint8Array;
}

/**
 * Reads a block behind its magic:
 *
 *     u32           CRC of what it stands for
 *     1 bit         randomised; nobody has written that since 1997
 *     24 bits       the rotation that is the text
 *     16 + n × 16   which bytes occur
 *     3, 15 bits    number of tables and of selectors, then the selectors, moved to front, in unary
 *     …             the tables, each as differences of code lengths, then symbols: runs of the first byte, moved-to-front
 *                   positions, end of block
 *
 * `into` gets the bytes; its length is the largest block allowed.
 */
export function readBlock(bits: BitReader, into: Uint32Array): SortedBlock {
  const crc = bits.readU32();
  if (bits.read(1) === 1) throw invalid('a randomised block');
  const start = bits.read(24);
  const alphabet = readAlphabet(bits);
  const length = readSymbols(bits, readCodes(bits, alphabet.length + 2), { alphabet, into });
  if (start >= length) throw invalid('the block begins behind its end');
  return { crc, length, start };
}

function invalid(reason: string): Error {
  return formatInvalid('bzip2 data', reason);
}

function readAlphabet(bits: BitReader): Uint8Array {
  const rows = bits.read(16);
  const bytes: number[] = [];
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) if ((columns & (0x8000 >> column)) !== 0) bytes.push(row * 16 + column);
  }
  if (bytes.length === 0) throw invalid('a block without bytes');
  return Uint8Array.from(bytes);
}

function readCodes(bits: BitReader, symbols: number): Codes {
  const count = bits.read(3);
  if (count < 2 || count > 6) throw invalid(`${count} tables`);
  const selectors = readSelectors(bits, count);
  return { selectors, tables: Array.from({ length: count }, () => readTable(bits, symbols)) };
}

function readSelectors(bits: BitReader, tables: number): Uint8Array {
  const selectors = new Uint8Array(bits.read(15));
  if (selectors.length === 0) throw invalid('no selectors');
  const recent = Uint8Array.from({ length: tables }, (_, table) => table);
  for (let index = 0; index < selectors.length; index++) {
    let position = 0;
    while (bits.read(1) === 1) position += 1;
    if (position >= tables) throw invalid('a selector of a table that is not there');
    selectors[index] = moveToFront(recent, position);
  }
  return selectors;
}

function moveToFront(recent: Uint8Array, position: number): number {
  const value = recent[position] ?? 0;
  for (let at = position; at > 0; at--) recent[at] = recent[at - 1] ?? 0; // most positions are small: a call would cost more
  recent[0] = value;
  return value;
}

function readTable(bits: BitReader, symbols: number): HuffmanTable {
  const lengths = new Uint8Array(symbols);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > MAX_CODE_BITS) throw invalid(`a code of ${length} bits`);
    lengths[symbol] = length;
  }
  return new HuffmanTable(lengths);
}

/** The number of bytes that were read. */
function readSymbols(bits: BitReader, codes: Codes, { alphabet, into }: { alphabet: Uint8Array; into: Uint32Array }): number {
  const end = alphabet.length + 1;
  const recent = alphabet.slice();
  const reader = new SymbolReader(bits, codes);
  let length = 0;
  for (let symbol = reader.next(); symbol !== end; ) {
    if (symbol === RUN_A || symbol === RUN_B) {
      const run = readRun(reader, symbol);
      if (run.length > into.length - length) throw invalid('a block longer than allowed');
      into.fill(recent[0] ?? 0, length, length + run.length);
      length += run.length;
      symbol = run.next;
    } else {
      if (length >= into.length) throw invalid('a block longer than allowed');
      into[length] = moveToFront(recent, symbol - 1);
      length += 1;
      symbol = reader.next();
    }
  }
  return length;
}

/** Digits of a number in base 2 whose digits are 1 and 2, the least first; `next` is the symbol behind them. */
function readRun(reader: SymbolReader, first: number): { readonly length: number; readonly next: number } {
  let length = 0;
  let weight = 1;
  let symbol = first;
  for (; symbol === RUN_A || symbol === RUN_B; symbol = reader.next()) {
    length += symbol === RUN_A ? weight : 2 * weight;
    if (length > 0x100_0000) throw invalid('a run longer than any block');
    weight *= 2;
  }
  return { length, next: symbol };
}

class SymbolReader {
  readonly #bits: BitReader;
  readonly #codes: Codes;
  #table: HuffmanTable | undefined;
  #left = 0;
  #group = 0;

  constructor(bits: BitReader, codes: Codes) {
    this.#bits = bits;
    this.#codes = codes;
  }

  next(): number {
    if (this.#left === 0) this.#nextGroup();
    this.#left -= 1;
    return this.#table?.decode(this.#bits) ?? 0;
  }

  #nextGroup(): void {
    const { selectors, tables } = this.#codes;
    this.#table = tables[selectors[this.#group] ?? tables.length];
    if (this.#table === undefined) throw invalid('more symbols than selectors');
    this.#group += 1;
    this.#left = GROUP_SYMBOLS;
  }
}
