import { closeSync, constants, copyFileSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, isCoppiceError } from '../../base/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { median } from './contest/statistics.ts';
import { fileSystemType } from './file-system-type.ts';

/** What a file system can do and what its syncs cost. */
export interface FileSystemFacts {
  /** `ext4`, `tmpfs` … */
  readonly type: string;
  readonly hardlinks: boolean;
  /** Copies that share blocks (FICLONE). */
  readonly reflinks: boolean;
  /** O_TMPFILE: files that have no name until they are complete. */
  readonly unnamedFiles: boolean;
  /** null: this engine has no call to find out. */
  readonly xattrs: boolean | null;
  /** One fsync of a new file of 4 KiB; median of `SYNCS`. */
  readonly fsyncSeconds: number;
  /** One syncfs after `SYNCS` such files; null: this engine has no such call. */
  readonly syncfsSeconds: number | null;
}

const SYNCS = 16;
const FILE_BYTES = 4096;
/** Linux's O_TMPFILE holds the bit of O_DIRECTORY, which differs between processors. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** Serialised `a(ayay)` of one attribute: `user.coppice` = `x`. */
const PROBE_XATTRS = Buffer.from('user.coppice\0x\x0d\x0f', 'latin1');

/** Whether the system call works; anything but a refusal by the system is a fault of ours. */
function works(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined && !isCoppiceError(error)) throw error;
    return false;
  }
}

function secondsOf(work: () => void): number {
  const begin = performance.now();
  work();
  return (performance.now() - begin) / 1000;
}

function writeSynced(path: string, sync: boolean): number {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeSync(descriptor, Buffer.alloc(FILE_BYTES, 1));
    return sync ? secondsOf(() => fsyncSync(descriptor)) : 0;
  } finally {
    closeSync(descriptor);
  }
}

function fsyncCost(room: string): number {
  return median(Array.from({ length: SYNCS }, (_, i) => writeSynced(join(room, `synced-${i}`), true)));
}

function syncfsCost(room: string, engine: Engine): number | null {
  if (!engine.capabilities.syncfs) return null;
  for (let i = 0; i < SYNCS; i++) writeSynced(join(room, `together-${i}`), false);
  return secondsOf(() => engine.syncFileSystem(room));
}

/** Tries everything in a new directory below `directory`, which is removed. */
export function measureFileSystem(directory: string, engine: Engine): FileSystemFacts {
  const room = join(directory, 'facts');
  mkdirSync(room);
  try {
    const file = join(room, 'file');
    writeFileSync(file, Buffer.alloc(FILE_BYTES, 1));
    return {
      type: fileSystemType(directory),
      hardlinks: works(() => linkSync(file, join(room, 'link'))),
      reflinks: works(() => copyFileSync(file, join(room, 'clone'), constants.COPYFILE_FICLONE_FORCE)),
      unnamedFiles: works(() => closeSync(openSync(room, O_TMPFILE | constants.O_RDWR, 0o600))),
      xattrs: engine.capabilities.xattrs ? works(() => engine.writeXattrs(file, PROBE_XATTRS)) : null,
      fsyncSeconds: fsyncCost(room),
      syncfsSeconds: syncfsCost(room, engine),
    };
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
