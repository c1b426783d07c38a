import { closeSync, constants, createReadStream, fstatSync, openSync, read, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { CoppiceError, errnoOf, fromNodeError } from '../../../base/errors.ts';

const READ_BYTES = 256 * 1024;
const STANDARD_INPUT = 0;
const EMPTY_PIPE_MS = 2;
/** libarchive follows as many compressions of one another. */
const MAX_FILTERS = 25;
const SNIFF_BYTES = 6;

type Pieces = AsyncIterable<Uint8Array>;

/** What the bytes at the start of a compressed archive are. */
const FILTERS: readonly { readonly name: string; readonly magic: string; readonly open?: (pieces: Pieces) => Pieces }[] = [
  { name: 'gzip', magic: '1f8b', open: gunzip },
  { name: 'xz', magic: 'fd377a585a00', open: unxz },
  { name: 'zstd', magic: '28b52ffd', open: unzstd },
  { name: 'bzip2', magic: '425a68', open: bunzip2 },
  { name: 'lzip', magic: '4c5a4950' },
  { name: 'lz4', magic: '04224d18' },
];

export interface Archive {
  /** A piece may change when the next one is asked for. */
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Out of a compression, which tells at its end whether all was sound. */
  readonly isPacked: boolean;
}

/**
 * Opens an archive, taken out of gzip, xz, zstd or bzip2, in any number of layers; an empty path or `-` is the
 * standard input.
 */
export async function openArchive(path: string): Promise<Archive> {
  const where = path === '' || path === '-' ? undefined : resolve(path);
  const plain = where === undefined ? undefined : openPlainFile(where);
  if (plain !== undefined) return { pieces: readPlainFile(plain, where ?? ''), isPacked: false };
  let pieces: Pieces = readPieces(where);
  let isXz = false;
  for (let depth = 0; depth < MAX_FILTERS; depth++) {
    const { head, all } = await sniff(pieces);
    const filter = filterOf(head);
    if (filter === undefined) return { pieces: all, isPacked: depth > 0 };
    if (filter.open === undefined) throw notBuilt(filter.name);
    if (filter.open === unxz && isXz) throw notBuilt('xz', 'xz inside xz'); // the library has room for one at a time
    isXz ||= filter.open === unxz;
    pieces = filter.open(all);
  }
  throw new CoppiceError('FORMAT_INVALID', 'archive_read_open_filename: Input requires too many filters for decoding');
}

function notBuilt(program: string, what = program): CoppiceError {
  return new CoppiceError('NOT_IMPLEMENTED', `commit --tree=tar= does not read ${what} yet`, {
    hint: `unpack it into a pipe and name the standard input: ${program} -dc FILE | … --tree=tar=-`,
  });
}

/** The descriptor of a regular file that is not compressed. */
function openPlainFile(path: string): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // of a fifo do not wait for the other end here
    const head = Buffer.alloc(SNIFF_BYTES);
    if (fstatSync(descriptor).isFile()) {
      readSync(descriptor, head, 0, SNIFF_BYTES, 0);
      if (filterOf(head.toString('hex')) === undefined) return descriptor;
    }
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw openFailure(error, path);
  }
  closeSync(descriptor);
  return undefined;
}

/** One buffer, again and again: a stream's would be garbage by the hundred (bench `commit:tar`, 40 MB less). */
function* readPlainFile(descriptor: number, path: string): Generator<Uint8Array> {
  const buffer = new Uint8Array(READ_BYTES);
  try {
    for (let got = readSync(descriptor, buffer); got > 0; got = readSync(descriptor, buffer)) yield buffer.subarray(0, got);
  } catch (error) {
    throw openFailure(error, path);
  } finally {
    closeSync(descriptor);
  }
}

function filterOf(head: string): (typeof FILTERS)[number] | undefined {
  return FILTERS.find(({ magic }) => head.startsWith(magic));
}

async function* readPieces(path: string | undefined): AsyncGenerator<Uint8Array> {
  try {
    if (path === undefined) yield* readStandardInput();
    else yield* createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>; // no encoding is set
  } catch (error) {
    throw openFailure(error, path ?? '/dev/stdin');
  }
}

/** Node makes a pipe at the standard input non-blocking when threads start; a stream of node would fail where it is empty. */
async function* readStandardInput(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = new Uint8Array(READ_BYTES);
    const got = await readOrWait(buffer);
    if (got === 0) return;
    if (got !== undefined) yield buffer.subarray(0, got);
  }
}

const readDescriptor = promisify(read);

/** Undefined when nothing was there yet, after a while. */
async function readOrWait(buffer: Uint8Array): Promise<number | undefined> {
  try {
    return (await readDescriptor(STANDARD_INPUT, buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw error;
    await delay(EMPTY_PIPE_MS);
    return undefined;
  }
}

/** `ostree` says which of the two went wrong, and no more. */
function openFailure(error: unknown, path: string): unknown {
  const cause = fromNodeError(error, path);
  if (!(cause instanceof CoppiceError)) return error;
  const verb = cause.facts['syscall'] === 'open' ? 'Failed to open' : 'Error reading';
  return new CoppiceError(cause.code, `archive_read_open_filename: ${verb} '${path}'`, { cause, facts: { path } });
}

/** The first bytes in hex, and all pieces. */
async function sniff(pieces: Pieces): Promise<{ readonly head: string; readonly all: Pieces }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < SNIFF_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return { head: head.subarray(0, SNIFF_BYTES).toString('hex'), all: prepend(head, iterator) };
}

async function* prepend(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

// Few archives are in one of these, so that each loads when it is met.

async function* unxz(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { unpackXz } = await import('./unpack-xz.ts');
  yield* unpackXz(pieces);
}

async function* unzstd(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { unpackZstd } = await import('./unpack-zstd.ts');
  yield* unpackZstd(pieces);
}

async function* bunzip2(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { unpackBzip2 } = await import('./unpack-bzip2.ts');
  yield* unpackBzip2(pieces);
}

/** Inflates in node's thread pool, beside whatever this thread does; members after the first are read, rubbish is not. */
async function* gunzip(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { pipeline } = await import('node:stream');
  const stream: Readable = pipeline(pieces, createGunzip({ chunkSize: READ_BYTES }), () => undefined);
  try {
    yield* stream as AsyncIterable<Buffer>; // no encoding is set
  } catch (error) {
    throw gzipFailure(error);
  }
}

function gzipFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_')) return error;
  const message = error.code === 'Z_BUF_ERROR' ? 'truncated gzip input' : 'gzip decompression failed';
  return new CoppiceError('FORMAT_INVALID', `archive_read_open_filename: ${message}`, { cause: error });
}
