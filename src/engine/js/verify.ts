import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { isCoppiceError, withoutStackTraces } from '../../base/errors.ts';
import { refuseMode } from '../capability.ts';
import { VERIFY } from '../engine.ts';
import type { Failure, ObjectSource, VerifyBatch, VerifyResult } from '../engine.ts';
import { toFailure, wordedFailure } from '../failure.ts';
import type { BatchContext } from './context.ts';
import { hashContent, hashMetadata } from './hash-object.ts';
import type { HashedObject } from './hash-object.ts';
import { contentExtension, withObject } from './object-file.ts';
import type { OpenObject } from './object-file.ts';
import { objectPath } from './object-writer.ts';
import { requireStore } from './require-store.ts';

const CONTENT = 1;
const METADATA_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [2, 'dirtree'],
  [3, 'dirmeta'],
  [4, 'commit'],
]);

/** What checking one object found. */
interface Verdict {
  readonly outcome: number;
  readonly found?: HashedObject;
  readonly failure?: Failure;
}

const MISSING: Verdict = { outcome: VERIFY.missing };

/** Reads objects whole and compares them with their names; see `Engine.verify`. */
export function verify(context: BatchContext, batch: VerifyBatch): VerifyResult {
  refuseContent(context, batch);
  requireStore(...batch.source.objects);
  const count = batch.types.length;
  const job = { context, batch, digits: Buffer.from(batch.checksums.buffer, batch.checksums.byteOffset, batch.checksums.length) };
  const outcomes = new Uint8Array(count);
  const actual = new Uint8Array(count * CHECKSUM_BYTES);
  const failures: Failure[] = [];
  let bytesRead = 0;
  withoutStackTraces(() => {
    for (let index = 0; index < count; index++) {
      const verdict = verifyOne(job, index);
      outcomes[index] = verdict.outcome;
      if (verdict.failure !== undefined) failures.push(verdict.failure);
      if (verdict.found === undefined) continue;
      actual.set(verdict.found.checksum, index * CHECKSUM_BYTES);
      bytesRead += verdict.found.bytesRead;
    }
  });
  return { outcomes, actual, bytesRead, failures };
}

/** Metadata objects look the same in every mode; content of these two cannot be read here. */
function refuseContent(context: BatchContext, { source, types }: VerifyBatch): void {
  const hidden = source.mode === 'bare-user' || source.mode === 'bare-split-xattrs';
  if (hidden && types.includes(CONTENT)) throw refuseMode(context.engine, source.mode);
}

function extensionOf(source: ObjectSource, type: number): string {
  return METADATA_EXTENSIONS.get(type) ?? contentExtension(source);
}

/** Everything one verify batch works with. */
interface VerifyJob {
  readonly context: BatchContext;
  readonly batch: VerifyBatch;
  /** The checksums, as what can be printed without a copy. */
  readonly digits: Buffer;
}

function verifyOne({ context, batch: { source, types }, digits }: VerifyJob, index: number): Verdict {
  const expected = digits.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES);
  const type = types[index] ?? CONTENT;
  const name = `${expected.toString('hex')}.${extensionOf(source, type)}`;
  const path = `${source.objects[0] ?? ''}/${objectPath(name)}`;
  try {
    return withObject(source, name, (object) => compare(context, { source, index, type, expected, object })) ?? MISSING;
  } catch (error) {
    const outcome = isCoppiceError(error, 'FORMAT_INVALID') ? VERIFY.corrupt : VERIFY.failed;
    return { outcome, failure: toFailure(index, path, error) };
  }
}

interface Check {
  readonly source: ObjectSource;
  readonly index: number;
  readonly type: number;
  readonly expected: Uint8Array;
  readonly object: OpenObject;
}

function compare(context: BatchContext, { source, index, type, expected, object }: Check): Verdict {
  const found = (type === CONTENT ? hashContent : hashMetadata)(context, source, object);
  if (Buffer.compare(found.checksum, expected) === 0) return { outcome: VERIFY.ok, found };
  if (type !== CONTENT || source.mode !== 'bare') return { outcome: VERIFY.corrupt, found };
  // the file may be sound and have extended attributes that belong into its checksum
  const message = `the checksum differs, and the ${context.engine} engine cannot read extended attributes to tell why`;
  return { outcome: VERIFY.failed, found, failure: wordedFailure(index, object.path, 'CAPABILITY_MISSING', message) };
}
