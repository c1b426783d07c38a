import { BLOCK_BYTES, hasChecksum, isZeroBlock, readHeaderBlock, readNumber, sizeOf, textOf } from './header-block.ts';
import type { HeaderBlock } from './header-block.ts';
import { assertOrdered, readOldSparseBlocks, readSparseMap } from './sparse-map.ts';
import type { SparseBlock } from './sparse-map.ts';
import { describeEntry } from './tar-entry.ts';
import type { DescribedEntry, SpecialHeader, TarEntry } from './tar-entry.ts';
import { DAMAGED, tarFault, TRUNCATED, UNRECOGNIZED } from './tar-fault.ts';

/** What an archive tells, in order: an entry, the pieces of its content, its end. */
export type TarEvent =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  /** A piece of a file's content at `offset`; what no piece covers is zeros. `bytes` is a view of what was pushed. */
  | { readonly kind: 'data'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

/** libarchive's limit on long names and pax headers. */
const MAX_SPECIAL_BYTES = 1024 * 1024;
const MAX_SPECIALS = 16;
const MAX_MAP_BYTES = 64 * 1024 * 1024;
const OLD_SPARSE = { at: 386, blocks: 4, more: 482, realSize: 483 } as const;
const EXTENSION = { blocks: 21, more: 504 } as const;

/** What the next bytes are. */
type State =
  | { readonly kind: 'header' }
  | { readonly kind: 'special'; readonly type: 'path' | 'link' | 'pax' | 'ignored'; readonly bytes: number }
  | { readonly kind: 'extension'; readonly block: HeaderBlock; readonly sparse: { blocks: SparseBlock[]; sizeBytes: number } }
  | { readonly kind: 'map'; readonly described: DescribedEntry; readonly bytes: number }
  | { readonly kind: 'data' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'over' };

/**
 * Reads the tar family (v7, ustar, GNU, pax; sparse files of all four kinds) from pieces of any size.
 *
 * Push bytes, take events, call `end`; FORMAT_INVALID tells what is no archive. Holds one header and the map of one
 * sparse file, never content. The first zero block ends the archive; what follows is not looked at.
 */
export class TarReader {
  #state: State = { kind: 'header' };
  /** Bytes of a block that a push has cut. */
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #specials: SpecialHeader[] = [];
  #isFirst = true;
  #isPax = false;
  #current: DescribedEntry | undefined;
  /** Stored bytes of the current member that have not come yet, and its padding. */
  #dataLeft = 0;
  #skipLeft = 0;
  #sparse: readonly SparseBlock[] = [];
  #sparseIndex = 0;
  #sparseDone = 0;

  /** True when nothing more needs to be pushed. */
  get isOver(): boolean {
    return this.#state.kind === 'over';
  }

  *push(bytes: Uint8Array): Generator<TarEvent> {
    let at = 0;
    while (at < bytes.length && this.#state.kind !== 'over') {
      const state = this.#state;
      if (state.kind === 'data') at += yield* this.#takeData(bytes.subarray(at));
      else if (state.kind === 'skip') at += yield* this.#skip(bytes.length - at);
      else at += yield* this.#takeBlock(state, bytes.subarray(at));
    }
  }

  /** The stream has ended. Throws FORMAT_INVALID when that is inside of a member. */
  end(): void {
    const { kind } = this.#state;
    if (kind === 'over') return;
    if (kind === 'header' && this.#gatheredBytes === 0) {
      if (this.#specials.length > 0) throw tarFault(DAMAGED);
      return;
    }
    if (kind === 'header' && this.#isFirst) throw tarFault(UNRECOGNIZED);
    throw tarFault(kind === 'skip' ? this.#missingPadding() : TRUNCATED);
  }

  #missingPadding(): string {
    const wanted = roundUp(this.#current?.storedBytes ?? 0);
    return `Truncated input file (needed ${wanted} bytes, only ${wanted - this.#skipLeft} available)`;
  }

  *#takeBlock(state: Exclude<State, { kind: 'data' | 'skip' | 'over' }>, bytes: Uint8Array): Generator<TarEvent, number> {
    const wanted = 'bytes' in state ? state.bytes : BLOCK_BYTES;
    const used = Math.min(wanted - this.#gatheredBytes, bytes.length);
    if (used < wanted) {
      this.#gathered.push(Uint8Array.from(bytes.subarray(0, used)));
      this.#gatheredBytes += used;
      if (this.#gatheredBytes < wanted) return used;
    }
    const block = used === wanted ? bytes.subarray(0, used) : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    yield* this.#readBlock(state, block);
    return used;
  }

  *#readBlock(state: Exclude<State, { kind: 'data' | 'skip' | 'over' }>, block: Uint8Array): Generator<TarEvent> {
    if (state.kind === 'header') yield* this.#readHeader(block);
    else if (state.kind === 'special') this.#readSpecial(state.type, block);
    else if (state.kind === 'extension') yield* this.#readExtension(state, block);
    else yield* this.#readMap(state, block);
  }

  *#readHeader(bytes: Uint8Array): Generator<TarEvent> {
    if (isZeroBlock(bytes)) this.#readZeroBlock();
    else yield* this.#readNonzero(bytes);
  }

  *#readNonzero(bytes: Uint8Array): Generator<TarEvent> {
    if (!hasChecksum(bytes)) throw tarFault(this.#isFirst ? UNRECOGNIZED : DAMAGED);
    this.#isFirst = false;
    const block = readHeaderBlock(bytes);
    const special = specialTypeOf(block.type);
    if (special !== undefined) this.#beginSpecial(special, block);
    else if (block.type === 'S' && block.dialect === 'gnu') yield* this.#readOldSparse(block, bytes);
    else yield* this.#beginEntry(block, undefined);
  }

  *#readOldSparse(block: HeaderBlock, bytes: Uint8Array): Generator<TarEvent> {
    const blocks = readOldSparseBlocks(bytes.subarray(OLD_SPARSE.at), OLD_SPARSE.blocks);
    const sparse = { blocks, sizeBytes: sizeOf(readNumber(bytes.subarray(OLD_SPARSE.realSize, OLD_SPARSE.realSize + 12))) };
    if (bytes[OLD_SPARSE.more] === 0) yield* this.#beginEntry(block, sparse);
    else this.#state = { kind: 'extension', block, sparse };
  }

  #readZeroBlock(): void {
    if (this.#specials.length > 0) throw tarFault(DAMAGED);
    this.#state = { kind: 'over' };
  }

  #beginSpecial(type: 'path' | 'link' | 'pax' | 'ignored' | 'volume', block: HeaderBlock): void {
    if (type === 'volume') return;
    if (block.type !== 'K' && block.type !== 'L') this.#isPax = true;
    const size = sizeOf(block.size);
    if (size > MAX_SPECIAL_BYTES || this.#specials.length >= MAX_SPECIALS) throw tarFault('Special header too large');
    if (type === 'pax' && this.#specials.at(-1)?.kind === 'pax') throw tarFault('Ignoring malformed pax extended attribute');
    this.#skipLeft = roundUp(size) - size;
    if (size === 0) return this.#readSpecial(type, new Uint8Array(0));
    this.#state = { kind: 'special', type, bytes: size };
  }

  #readSpecial(type: 'path' | 'link' | 'pax' | 'ignored', bytes: Uint8Array): void {
    if (type === 'pax') this.#specials.push({ kind: 'pax', bytes: Buffer.from(bytes) });
    else if (type !== 'ignored') this.#specials.push({ kind: type, bytes: textOf(bytes) });
    this.#current = undefined;
    this.#state = this.#skipLeft > 0 ? { kind: 'skip' } : { kind: 'header' };
  }

  *#readExtension(state: Extract<State, { kind: 'extension' }>, bytes: Uint8Array): Generator<TarEvent> {
    const blocks = [...state.sparse.blocks, ...readOldSparseBlocks(bytes, EXTENSION.blocks)];
    const sparse = { ...state.sparse, blocks };
    assertOrdered(blocks);
    if (bytes[EXTENSION.more] === 0) yield* this.#beginEntry(state.block, sparse);
    else this.#state = { ...state, sparse };
  }

  *#beginEntry(block: HeaderBlock, oldSparse: { blocks: SparseBlock[]; sizeBytes: number } | undefined): Generator<TarEvent> {
    const described = describeEntry(block, this.#specials, { obeysLinkSize: this.#isPax, oldSparse });
    this.#specials = [];
    this.#current = described;
    yield { kind: 'entry', entry: described.entry };
    if (!described.hasMapInData) yield* this.#beginData(described.sparse, described.storedBytes);
    else if (described.storedBytes < BLOCK_BYTES) throw tarFault(DAMAGED);
    else this.#state = { kind: 'map', described, bytes: BLOCK_BYTES };
  }

  /** Asks for twice as much until the map is whole; what was too much is content. */
  *#readMap(state: Extract<State, { kind: 'map' }>, bytes: Uint8Array): Generator<TarEvent> {
    const { storedBytes } = state.described;
    const map = readSparseMap(bytes);
    if (map !== undefined && map.mapBytes <= storedBytes) {
      yield* this.#beginData(map.blocks, storedBytes - map.mapBytes);
      yield* this.push(bytes.subarray(map.mapBytes));
    } else {
      this.#growMap(state, bytes);
    }
  }

  #growMap(state: Extract<State, { kind: 'map' }>, bytes: Uint8Array): void {
    const limit = Math.min(roundUp(state.described.storedBytes), MAX_MAP_BYTES);
    if (bytes.length >= limit) throw tarFault(DAMAGED);
    this.#gathered = [Uint8Array.from(bytes)];
    this.#gatheredBytes = bytes.length;
    this.#state = { ...state, bytes: Math.min(bytes.length * 2, limit) };
  }

  *#beginData(sparse: readonly SparseBlock[] | undefined, storedBytes: number): Generator<TarEvent> {
    assertOrdered(sparse ?? []);
    const whole = [{ offset: 0, length: storedBytes }];
    this.#sparse = sparse === undefined || sparse.length === 0 ? whole : sparse;
    this.#sparseIndex = 0;
    this.#sparseDone = 0;
    this.#dataLeft = storedBytes;
    this.#skipLeft = roundUp(storedBytes) - storedBytes;
    if (storedBytes > 0) this.#state = { kind: 'data' };
    else yield* this.#endEntry();
  }

  *#takeData(bytes: Uint8Array): Generator<TarEvent, number> {
    const used = Math.min(this.#dataLeft, bytes.length);
    this.#dataLeft -= used;
    yield* this.#place(bytes.subarray(0, used));
    if (this.#dataLeft > 0) return used;
    if (this.#skipLeft > 0) this.#state = { kind: 'skip' };
    else yield* this.#endEntry();
    return used;
  }

  /** Tells where in the file the stored bytes belong; beyond the map's end they are dropped. */
  *#place(bytes: Uint8Array): Generator<TarEvent> {
    const size = this.#current?.entry.sizeBytes ?? 0;
    for (let at = 0; at < bytes.length; ) {
      const block = this.#sparse[this.#sparseIndex];
      if (block === undefined) return;
      const offset = block.offset + this.#sparseDone;
      const length = Math.min(block.length - this.#sparseDone, bytes.length - at);
      const visible = Math.min(length, Math.max(size - offset, 0));
      if (visible > 0) yield { kind: 'data', offset, bytes: bytes.subarray(at, at + visible) };
      at += length;
      this.#sparseDone += length;
      if (this.#sparseDone < block.length) continue;
      this.#sparseIndex += 1;
      this.#sparseDone = 0;
    }
  }

  *#skip(available: number): Generator<TarEvent, number> {
    const used = Math.min(this.#skipLeft, available);
    this.#skipLeft -= used;
    if (this.#skipLeft > 0) return used;
    if (this.#current === undefined) this.#state = { kind: 'header' };
    else yield* this.#endEntry();
    return used;
  }

  *#endEntry(): Generator<TarEvent> {
    this.#current = undefined;
    this.#state = { kind: 'header' };
    yield { kind: 'end' };
  }
}

/** Headers that are no entries: a long name, a long link, pax records, those of the whole archive, a volume's label. */
function specialTypeOf(type: string): 'path' | 'link' | 'pax' | 'ignored' | 'volume' | undefined {
  switch (type) {
    case 'L': return 'path';
    case 'K': return 'link';
    case 'x':
    case 'X': return 'pax';
    case 'g': return 'ignored';
    case 'V': return 'volume';
    default: return undefined;
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
