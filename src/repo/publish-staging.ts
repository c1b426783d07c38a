import { packNames } from '../base/name-list.ts';
import { flushFileSystem, isInMemory } from '../fs/flush-file-system.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { Flow } from '../pool/flow.ts';
import type { Pool } from '../pool/task.ts';
import { failureError } from './failure-error.ts';
import { objectsPath } from './layout.ts';
import { fanOutNames } from './list-objects.ts';
import { publishTask } from './publish-task.ts';
import type { Repo } from './repo.ts';

const PREFIXES_PER_BATCH = 16;
const BATCHES_PER_TASK = 2;
const FAN_OUT_NAME = /^[0-9a-f]{2}$/;
/** What is staged in fewer is flushed file by file as soon as a program is started. */
const MANY_PREFIXES = 64;

/**
 * Moves everything staged into `objects/`, durably: the staged files reach the disk (all at once, or each by the
 * engine), then they are renamed, then the directories they are in now reach the disk.
 */
export async function publishStaging(repo: Repo, pool: Pool, staging: string): Promise<void> {
  const prefixes = readDirectory(staging).map(({ name }) => name).filter((name) => FAN_OUT_NAME.test(name));
  if (prefixes.length === 0) return;
  const objects = objectsPath(repo.path);
  const sync = repo.engine.capabilities.syncfs || !isInMemory(staging);
  const isFlushed = sync && (await flushAtOnce(repo, staging, prefixes.length));
  const flow = new Flow(pool.width * BATCHES_PER_TASK);
  for (let at = 0; at < prefixes.length && !flow.failed; at += PREFIXES_PER_BATCH) {
    const batch = { staging, objects, prefixes: packNames(prefixes.slice(at, at + PREFIXES_PER_BATCH)), sync, isFlushed };
    await flow.add(async () => {
      const [failure] = (await pool.run(publishTask, batch)).failures;
      if (failure !== undefined) throw failureError(failure);
    });
  }
  await flow.drain();
  fsyncPolicy(true).directory(objects);
}

/** Whether all that is staged has reached the disk; else the engine flushes each file. */
async function flushAtOnce({ engine }: Repo, staging: string, prefixes: number): Promise<boolean> {
  if (!engine.capabilities.syncfs) return prefixes >= MANY_PREFIXES && flushFileSystem(staging);
  engine.syncFileSystem(staging);
  return true;
}

/** Makes the names of objects durable that were synced one by one and put into `objects/` at once. */
export function syncObjectDirectories(repo: Repo): void {
  const fsync = fsyncPolicy(true);
  const objects = objectsPath(repo.path);
  const existing = new Set(readDirectory(objects).map(({ name }) => name));
  for (const prefix of fanOutNames()) if (existing.has(prefix)) fsync.directory(`${objects}/${prefix}`);
  fsync.directory(objects);
}
