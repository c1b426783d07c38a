import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { packNames } from '../../../base/name-list.ts';
import type { IngestBytesBatch, StoreTarget } from '../../../engine/engine.ts';
import type { Attributes } from '../../../engine/uniform-modifier.ts';

/** Contents up to this size are collected in memory, larger ones spilled to a file (bench `commit:tar`). */
const BUFFER_BYTES = 512 * 1024;
const MAX_FILES = 512;

export interface Member extends Attributes {
  /** What it is called when it fails. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Serialised. */
  readonly xattrs: Uint8Array;
  /** Where its checksum belongs. */
  readonly slot: number;
}

/** A batch ready to be sent, with what main must remember of it. */
export interface ContentBatch {
  readonly input: IngestBytesBatch & { readonly spilledBytes: number };
  readonly members: readonly Member[];
  readonly bytes: number;
  /** Gives the buffer back; nobody may use the batch afterwards. */
  release(): void;
}

/**
 * Collects the contents of a stream into batches.
 *
 * Buffers are shared memory that goes round: what is in flight bounds them, and no thread copies or collects them.
 */
export class ContentBatcher {
  readonly #target: StoreTarget;
  readonly #free: SharedArrayBuffer[] = [];
  #buffer: Uint8Array | undefined;
  #used = 0;
  #members: Member[] = [];
  #ends: number[] = [];
  #spilled: string[] = [];
  #spilledBytes = 0;
  #spillCount = 0;
  #open: { readonly descriptor: number; readonly name: string } | undefined;

  constructor(target: StoreTarget) {
    this.#target = target;
  }

  /** Makes room for a content; the batch that had too little comes back. `hasHoles` tells that not every byte will be written. */
  begin(sizeBytes: number, hasHoles: boolean): ContentBatch | undefined {
    const spills = sizeBytes > BUFFER_BYTES;
    const full = this.#members.length >= MAX_FILES || (!spills && this.#used + sizeBytes > BUFFER_BYTES) ? this.take() : undefined;
    if (spills) this.#open = this.#openSpill();
    else if (hasHoles) this.#room().fill(0, this.#used, this.#used + sizeBytes);
    return full;
  }

  /** Writes a piece of the content that was begun. */
  write(offset: number, bytes: Uint8Array): void {
    if (this.#open === undefined) return this.#room().set(bytes, this.#used + offset);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#open.descriptor, bytes, at, bytes.length - at, offset + at);
  }

  /** The content is whole. A spilled one makes the batch ready. */
  end(member: Member): ContentBatch | undefined {
    this.#members.push(member);
    const spill = this.#open;
    this.#spilled.push(spill?.name ?? '');
    if (spill === undefined) {
      this.#used += member.sizeBytes;
      this.#ends.push(this.#used);
      return undefined;
    }
    this.#ends.push(this.#used);
    this.#open = undefined;
    this.#spilledBytes += member.sizeBytes;
    ftruncateSync(spill.descriptor, member.sizeBytes);
    closeSync(spill.descriptor);
    return this.take();
  }

  /** Whatever has been collected, or undefined when that is nothing. */
  take(): ContentBatch | undefined {
    if (this.#members.length === 0) return undefined;
    const buffer = this.#buffer;
    const batch = {
      input: this.#pack(),
      members: this.#members,
      bytes: this.#used + this.#spilledBytes,
      release: () => void (buffer === undefined || this.#free.push(buffer.buffer as SharedArrayBuffer)), // made in #room
    };
    this.#buffer = undefined;
    [this.#members, this.#ends, this.#spilled] = [[], [], []];
    [this.#used, this.#spilledBytes] = [0, 0];
    return batch;
  }

  /** Closes what an error has left open; the file itself goes with the transaction. */
  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #room(): Uint8Array {
    this.#buffer ??= new Uint8Array(this.#free.pop() ?? new SharedArrayBuffer(BUFFER_BYTES));
    return this.#buffer;
  }

  #openSpill(): { readonly descriptor: number; readonly name: string } {
    this.#spillCount += 1;
    const name = `spilled-${this.#spillCount}`;
    return { descriptor: openSync(`${this.#target.tmp}/${name}`, 'wx', 0o600), name };
  }

  #pack(): ContentBatch['input'] {
    const members = this.#members;
    const attributes = new Uint32Array(members.length * 3);
    for (const [index, { uid, gid, mode }] of members.entries()) attributes.set([uid, gid, mode], index * 3);
    let xattrBytes = 0;
    const xattrEnds = Uint32Array.from(members, ({ xattrs }) => (xattrBytes += xattrs.length));
    return {
      attributes,
      bytes: this.#buffer?.subarray(0, this.#used) ?? new Uint8Array(0),
      ends: Uint32Array.from(this.#ends),
      xattrs: Buffer.concat(members.map(({ xattrs }) => xattrs)),
      xattrEnds,
      names: packNames(members.map(({ path }) => path)),
      spilled: packNames(this.#spilled),
      target: this.#target,
      spilledBytes: this.#spilledBytes,
    };
  }
}
