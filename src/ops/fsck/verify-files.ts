import { CHECKSUM_BYTES, checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import { CoppiceError, errnoWords } from '../../base/errors.ts';
import { VERIFY } from '../../engine/engine.ts';
import type { Failure, ObjectSource, VerifyResult } from '../../engine/engine.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { Flow } from '../../pool/flow.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import type { FileQueue } from './file-queue.ts';
import type { Problem } from './problem.ts';
import { verifyTask } from './verify-task.ts';

export interface VerifyListener {
  readonly onProblem: (problem: Problem) => void;
  /** Told after each batch. */
  readonly onVerified: (files: number, bytes: number) => void;
  /** Asked before each batch; true sends no more. */
  readonly enough: () => boolean;
}

/** Verifies what comes through the queue on the pool, until the queue closes. */
export async function verifyFiles(context: OperationContext, queue: FileQueue, listener: VerifyListener): Promise<void> {
  const flow = new Flow(context.pool.width * context.pool.budget.batchesPerThread);
  try {
    for (let batch = await queue.take(); batch !== undefined && !listener.enough(); batch = await queue.take()) {
      const checksums = batch;
      await flow.add(async () => verifyBatch(context, checksums, listener));
      if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'fsck cancelled');
    }
  } catch (error) {
    flow.fail(error);
  }
  queue.abandon();
  await flow.drain();
}

async function verifyBatch(context: OperationContext, checksums: Uint8Array, listener: VerifyListener): Promise<void> {
  let bytesRead = 0;
  let problems: Problem[] = [];
  let remaining = checksums;
  for (const source of storesOf(context.repo)) {
    const result = await verifyIn(context, source, remaining);
    bytesRead += result.bytesRead;
    problems = [...problems.filter(({ kind }) => kind !== 'missing'), ...result.problems];
    remaining = packMissing(result.problems);
    if (remaining.length === 0) break;
  }
  for (const problem of problems) listener.onProblem(problem);
  listener.onVerified(checksums.length / CHECKSUM_BYTES, bytesRead);
}

/** Where content may be: the repository with its parents of the same mode, then parents of other modes. */
export function storesOf(repo: Repo): ObjectSource[] {
  const sources = [repo.objectSource];
  for (let at = repo; at.parent !== undefined; at = at.parent) {
    if (at.parent.mode !== at.mode) sources.push(at.parent.objectSource);
  }
  return sources;
}

interface SourceVerdict {
  readonly problems: readonly Problem[];
  readonly bytesRead: number;
}

async function verifyIn({ pool }: OperationContext, source: ObjectSource, checksums: Uint8Array): Promise<SourceVerdict> {
  const count = checksums.length / CHECKSUM_BYTES;
  const types = new Uint8Array(count).fill(OBJECT_TYPE.file);
  const result = await pool.run(verifyTask, { source, checksums, types });
  const failures = new Map(result.failures.map((failure) => [failure.index, failure]));
  const problems: Problem[] = [];
  for (let index = 0; index < count; index++) {
    const problem = problemAt(checksums, index, result, failures.get(index));
    if (problem !== undefined) problems.push(problem);
  }
  return { problems, bytesRead: result.bytesRead };
}

function packMissing(problems: readonly Problem[]): Uint8Array {
  return Buffer.concat(problems.filter(({ kind }) => kind === 'missing').map(({ checksum }) => checksumToBytes(checksum)));
}

function problemAt(checksums: Uint8Array, index: number, result: VerifyResult, failure: Failure | undefined): Problem | undefined {
  const outcome = result.outcomes[index];
  if (outcome === VERIFY.ok) return undefined;
  const subject = { checksum: checksumFromBytes(checksums, index * CHECKSUM_BYTES), type: OBJECT_TYPE.file };
  if (outcome === VERIFY.missing) return { ...subject, kind: 'missing' };
  if (failure !== undefined) {
    return { ...subject, kind: outcome === VERIFY.corrupt ? 'corrupt' : 'unreadable', reason: failureWords(failure) };
  }
  return { ...subject, kind: 'corrupt', actual: checksumFromBytes(result.actual, index * CHECKSUM_BYTES) };
}

function failureWords({ message, syscall, path, errno }: Failure): string {
  return message === '' ? `${syscall}(${path}): ${errnoWords(errno)}` : message;
}
