import * as zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import { CoppiceError } from '../../../base/errors.ts';
import { Xxh64 } from '../../../format/zstd/xxh64.ts';
import { ZstdFrames } from '../../../format/zstd/zstd-frames.ts';
import type { ZstdEvent } from '../../../format/zstd/zstd-frames.ts';
import { unpackFailure } from './unpack-failure.ts';

/** What `zstd --long` needs at most; libarchive refuses more, too. */
const MAX_WINDOW_LOG = 27;
const MAX_WINDOW_BYTES = 2 ** MAX_WINDOW_LOG;
/** fzstd misreads distances of more than 26 bits, in which 3 stands for none. */
const FZSTD_WINDOW_BYTES = 2 ** 26 - 4;
const READ_BYTES = 256 * 1024;
const NOTHING = new Uint8Array(0);

/** One frame: its bytes as they come, and then the checksum of what it holds. */
interface Frame {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly checksum: () => number | undefined;
}

/** Unpacks zstd, frames behind one another too: by node where it can (from 22.15 on), which is three times as fast, else by fzstd. */
export async function* unpackZstd(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const events = walk(pieces);
  try {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.kind !== 'begin') continue;
      assertWindow(next.value.windowBytes);
      const frame = frameOf(events);
      yield* nodeZstd === undefined ? unpackByFzstd(frame) : unpackByNode(frame, nodeZstd);
    }
  } finally {
    await events.return(undefined);
  }
}

async function* walk(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ZstdEvent> {
  const frames = new ZstdFrames();
  try {
    for await (const piece of pieces) yield* frames.push(piece);
    frames.end();
  } catch (error) {
    throw error instanceof CoppiceError && error.code === 'FORMAT_INVALID' ? unpackFailure(error.message, { cause: error }) : error;
  }
}

function assertWindow(bytes: number): void {
  const most = nodeZstd === undefined ? FZSTD_WINDOW_BYTES : MAX_WINDOW_BYTES;
  if (bytes <= most) return;
  const hint = 'unpack it into a pipe and name the standard input: zstd -dc --long=31 FILE | … --tree=tar=-';
  throw unpackFailure(`the zstd frame wants a window of ${bytes} bytes, more than ${most}`, { hint });
}

function frameOf(events: AsyncIterator<ZstdEvent>): Frame {
  let checksum: number | undefined;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.kind === 'bytes') yield next.value.bytes;
      else if (next.value.kind === 'end') {
        ({ checksum } = next.value);
        return;
      }
    }
  }
  return { bytes: bytes(), checksum: () => checksum };
}

/** The types of node 20 do not know it. */
type CreateZstd = (options: { readonly chunkSize: number; readonly params: Readonly<Record<number, number>> }) => Transform;

interface NodeZstd {
  readonly create: CreateZstd;
  /** ZSTD_d_windowLogMax. */
  readonly windowLogMax: number;
}

const nodeZstd = findNodeZstd(zlib);

function findNodeZstd(library: object): NodeZstd | undefined {
  const create: unknown = Reflect.get(library, 'createZstdDecompress');
  const windowLogMax: unknown = Reflect.get(zlib.constants, 'ZSTD_d_windowLogMax');
  if (typeof create !== 'function' || typeof windowLogMax !== 'number') return undefined;
  return { create: create as CreateZstd, windowLogMax }; // node's own function
}

/** It takes one frame; that a second one follows, or that the first is cut off, it does not tell. */
async function* unpackByNode({ bytes }: Frame, { create, windowLogMax }: NodeZstd): AsyncGenerator<Uint8Array> {
  const { pipeline } = await import('node:stream');
  const unpacker = create({ chunkSize: READ_BYTES, params: { [windowLogMax]: MAX_WINDOW_LOG } });
  try {
    yield* pipeline(bytes, unpacker, () => undefined) as AsyncIterable<Buffer>; // no encoding is set
  } catch (error) {
    throw error instanceof CoppiceError ? error : unpackFailure('zstd decompression failed', { cause: error });
  }
}

async function* unpackByFzstd({ bytes, checksum }: Frame): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const hash = new Xxh64();
  let unpacked: Uint8Array[] = [];
  const unpacker = new Decompress((piece) => {
    hash.update(piece);
    unpacked.push(piece);
  });
  const push = (piece: Uint8Array, isLast: boolean): Uint8Array[] => {
    unpacked = [];
    pushGuarded(() => unpacker.push(piece, isLast));
    return unpacked;
  };
  for await (const piece of bytes) yield* push(piece, false);
  yield* push(NOTHING, true);
  const expected = checksum();
  if (expected !== undefined && Number(BigInt.asUintN(32, hash.digest())) !== expected) throw unpackFailure('a zstd frame has another checksum');
}

function pushGuarded(push: () => void): void {
  try {
    push();
  } catch (error) {
    throw unpackFailure('zstd decompression failed', { cause: error });
  }
}
