import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CoppiceError, fromNodeError } from '../../../base/errors.ts';

const READ_BYTES = 256 * 1024;
/** libarchive follows as many compressions of one another. */
const MAX_FILTERS = 25;
const SNIFF_BYTES = 6;

type Pieces = AsyncIterable<Uint8Array>;

/** What the bytes at the start of a compressed archive are. */
const FILTERS: readonly { readonly name: string; readonly magic: string; readonly open?: (pieces: Pieces) => Pieces }[] = [
  { name: 'gzip', magic: '1f8b', open: gunzip },
  { name: 'xz', magic: 'fd377a585a00' },
  { name: 'zstd', magic: '28b52ffd' },
  { name: 'bzip2', magic: '425a68' },
  { name: 'lzip', magic: '4c5a4950' },
  { name: 'lz4', magic: '04224d18' },
];

/**
 * The bytes of an archive, taken out of gzip; an empty path or `-` is the standard input. A piece may change when the
 * next one is asked for.
 */
export async function* openArchive(path: string): AsyncGenerator<Uint8Array> {
  const where = path === '' || path === '-' ? undefined : resolve(path);
  const plain = where === undefined ? undefined : openPlainFile(where);
  if (plain !== undefined) return yield* readPlainFile(plain, where ?? '');
  let pieces: Pieces = readPieces(where);
  for (let depth = 0; depth < MAX_FILTERS; depth++) {
    const { head, all } = await sniff(pieces);
    const filter = filterOf(head);
    if (filter === undefined) return yield* all;
    if (filter.open === undefined) throw notBuilt(filter.name);
    pieces = filter.open(all);
  }
  throw new CoppiceError('FORMAT_INVALID', 'archive_read_open_filename: Input requires too many filters for decoding');
}

function notBuilt(name: string): CoppiceError {
  return new CoppiceError('NOT_IMPLEMENTED', `commit --tree=tar= does not read ${name} yet`, {
    hint: `unpack it into a pipe and name the standard input: ${name} -dc FILE | … --tree=tar=-`,
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
  const options = { highWaterMark: READ_BYTES };
  const stream = path === undefined ? createReadStream('', { ...options, fd: 0, autoClose: false }) : createReadStream(path, options);
  try {
    yield* stream as AsyncIterable<Buffer>; // no encoding is set
  } catch (error) {
    throw openFailure(error, path ?? '/dev/stdin');
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
