/**
 * The root of a worker thread: builds the engine that main names and answers one task after the other.
 * Every `*-task.ts` is listed here; a task that is not is a programming error found by the house test.
 */
import { workerData } from 'node:worker_threads';
import type { MemoryBudget } from './base/memory-budget.ts';
import { CoppiceError } from './base/errors.ts';
import { selectEngine } from './engine/select-engine.ts';
import type { EngineName } from './engine/engine.ts';
import { importTask } from './repo/import-task.ts';
import { ingestBytesTask } from './ops/commit/tar/ingest-bytes-task.ts';
import { ingestDirectoriesTask } from './ops/commit/ingest-directories-task.ts';
import { ingestTask } from './repo/ingest-task.ts';
import { unpackTask } from './ops/export/unpack-task.ts';
import { verifyTask } from './ops/fsck/verify-task.ts';
import { placeTask } from './ops/checkout/place-task.ts';
import { readyTask } from './pool/adaptive-pool.ts';
import { toWire } from './pool/error-wire.ts';
import type { WireReply } from './pool/error-wire.ts';
import { EventLoopTurns } from './pool/event-loop-turns.ts';
import type { Task, TaskEnvironment } from './pool/task.ts';
import { payloadTask } from './repo/payload-task.ts';
import { publishTask } from './repo/publish-task.ts';
import { storeTask } from './repo/store-task.ts';

/** What the main thread tells a worker at its start. */
export interface WorkerSettings {
  readonly engine: EngineName;
  readonly assetDirectory: string;
  readonly threads: number;
  readonly budget: MemoryBudget;
}

/** A task whose input type is known only to whoever sent it. */
type AnyTask = Task<never, unknown>;

const TASKS: ReadonlyMap<string, AnyTask> = new Map(
  [readyTask, importTask, ingestTask, ingestBytesTask, ingestDirectoriesTask, payloadTask, placeTask, publishTask, storeTask, unpackTask, verifyTask]
    .map((task: AnyTask) => [task.name, task]),
);

function settingsOf(data: unknown): WorkerSettings {
  // piscina wraps the pool's workerData in an array of its own
  const own: unknown = Array.isArray(data) ? data.at(-1) : data;
  return own as WorkerSettings; // written by runtime.ts of the same build
}

const settings = settingsOf(workerData);
const environment: TaskEnvironment = {
  engine: selectEngine({ ...settings, choice: settings.engine }).engine,
};

const turns = new EventLoopTurns(8);

export default async function answer(request: { readonly task: string; readonly input: never }): Promise<WireReply> {
  await turns.take();
  try {
    const task = TASKS.get(request.task);
    if (task === undefined) throw new CoppiceError('INTERNAL', `no task is called "${request.task}"`);
    return { output: task.handler(request.input, environment) };
  } catch (error) {
    return { error: toWire(error) };
  }
}
