import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, fromNodeError } from '../../base/errors.ts';
import { exportTree } from '../../ops/export/index.ts';
import type { ByteSink, ExportOptions } from '../../ops/export/index.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation } from '../command.ts';
import { OutputStream, writeFully } from '../output-stream.ts';
import { keepHeapSmall } from '../keep-heap-small.ts';
import { openRepoFor } from '../session.ts';
import { usageError } from '../usage-error.ts';

const STANDARD_OUTPUT = 1;

export async function run(invocation: Invocation): Promise<number> {
  const { args: [rev], options } = invocation;
  if (rev === undefined) throw usageError('A COMMIT argument is required');
  keepHeapSmall();
  const session = await openRepoFor(invocation);
  try {
    await writeArchive(invocation, session, rev, { subpath: options.string('subpath'), prefix: options.string('prefix') });
    return 0;
  } finally {
    await session.close();
  }
}

async function writeArchive(invocation: Invocation, session: OperationContext, rev: string, options: ExportOptions): Promise<void> {
  const commit = resolveRev(session.repo, rev);
  const output = invocation.options.string('output');
  if (output === undefined) return writeToStandardOutput(invocation, session, commit, options);
  const descriptor = openOutput(output);
  try {
    const sink = (bytes: Uint8Array): void => writeTo(descriptor, output, bytes);
    await exportTree(session, { commit, sink }, { ...options, padsRecord: false });
  } finally {
    closeSync(descriptor);
  }
}

async function writeToStandardOutput(
  invocation: Invocation,
  session: OperationContext,
  commit: Checksum,
  options: ExportOptions,
): Promise<void> {
  const pipe = openPipeAgain();
  const stream = pipe === undefined ? undefined : new OutputStream(pipe, false);
  const sink: ByteSink = stream === undefined ? (bytes) => invocation.out(bytes) : (bytes) => stream.write(bytes);
  try {
    await exportTree(session, { commit, sink }, options);
    stream?.flush();
  } finally {
    if (pipe !== undefined) closeSync(pipe);
  }
}

/**
 * A second descriptor of the standard output where that is a pipe: one that waits for the reader. The first may be
 * non-blocking, and looking again every 2 ms whether there is room costs more than the whole export.
 */
function openPipeAgain(): number | undefined {
  try {
    return fstatSync(STANDARD_OUTPUT).isFIFO() ? openSync(`/proc/self/fd/${STANDARD_OUTPUT}`, constants.O_WRONLY) : undefined;
  } catch {
    return undefined; // no /proc, or a pipe that may not be opened: the slow way works
  }
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new CoppiceError('SYSTEM', `Failed to open '${path}'`, { cause: error, facts: { path } });
  }
}

function writeTo(descriptor: number, path: string, bytes: Uint8Array): void {
  try {
    writeFully(descriptor, bytes);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
