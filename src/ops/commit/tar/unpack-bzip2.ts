import { CoppiceError } from '../../../base/errors.ts';
import { Bzip2Reader } from '../../../format/bzip2/bzip2-reader.ts';
import { unpackFailure } from './unpack-failure.ts';

/** Unpacks bzip2, streams behind one another too; a piece is overwritten by the next one. */
export async function* unpackBzip2(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new Bzip2Reader();
  try {
    for await (const piece of pieces) yield* reader.push(piece);
    yield* reader.end();
  } catch (error) {
    throw error instanceof CoppiceError && error.code === 'FORMAT_INVALID' ? unpackFailure(error.message, { cause: error }) : error;
  }
}
