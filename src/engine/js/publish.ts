import { linkSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { unpackNames } from '../../base/name-list.ts';
import type { Failure, PublishBatch, PublishResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { fsyncPath, succeeds } from './file-io.ts';
import { existsItself } from './object-writer.ts';

const MUTABLE = '.commitmeta';

/**
 * Moves staged objects to where readers see them; see `Engine.publish`.
 *
 * Node has no syncfs, so with `sync` each object is flushed on its own before it gets its name, unless the caller has had
 * all of them flushed.
 */
export function publish(batch: PublishBatch): PublishResult {
  const failures: Failure[] = [];
  for (const [index, prefix] of unpackNames(batch.prefixes).entries()) {
    try {
      publishPrefix(batch, prefix);
    } catch (error) {
      failures.push(toFailure(index, `${batch.objects}/${prefix}`, error));
    }
  }
  if (batch.sync) fsyncPath(batch.objects);
  return { failures };
}

function publishPrefix({ staging, objects, sync, isFlushed = false }: PublishBatch, prefix: string): void {
  const [from, to] = [`${staging}/${prefix}`, `${objects}/${prefix}`];
  if (sync && !isFlushed) flushStaged(from);
  if (!moveWhole(from, to)) mergeInto(from, to);
  if (sync) fsyncPath(to);
}

/** Symlinks cannot be opened to be flushed: their directory's fsync carries them. */
function flushStaged(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (isFile(entry, path)) fsyncPath(path);
  }
  fsyncPath(directory);
}

/** Few file systems leave the type out of their directories. */
function isFile(entry: Dirent, path: string): boolean {
  const isTold = entry.isFile() || entry.isSymbolicLink() || entry.isDirectory();
  return isTold ? entry.isFile() : lstatSync(path).isFile();
}

/**
 * Renames the directory where the target is absent. A directory that appears meanwhile makes the rename fail, unless it
 * is empty still: then it is replaced, and whoever made it finds ours under the same path.
 */
function moveWhole(from: string, to: string): boolean {
  return !existsItself(to) && succeeds(() => renameSync(from, to), 'EEXIST', 'ENOTEMPTY');
}

function mergeInto(from: string, to: string): void {
  for (const name of readdirSync(from)) moveObject(`${from}/${name}`, `${to}/${name}`);
  rmdirSync(from);
}

function moveObject(from: string, to: string): void {
  if (to.endsWith(MUTABLE)) return renameSync(from, to);
  const linked = succeeds(() => linkSync(from, to), 'EPERM', 'ENOTSUP', 'EMLINK', 'EEXIST');
  // without hard links the object is still not there: then a rename does it
  return linked || existsItself(to) ? unlinkSync(from) : renameSync(from, to);
}
