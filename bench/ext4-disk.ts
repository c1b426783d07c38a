import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BenchError } from '../src/ops/bench/bench-error.ts';
import { outputOf } from '../src/ops/bench/contest/run-program.ts';

/** Sparse: it takes only the room that is used. */
const IMAGE_BYTES = 12 * 2 ** 30;
/** The mix lies there in up to six copies at once. */
const INODES = 1_000_000;

/** A mounted ext4 file system in a file. */
export interface Ext4Disk {
  readonly directory: string;
  /** Unmounts and removes it; may be called again. Synchronous, for a process that is about to end. */
  remove(): void;
}

function makeImage(path: string): void {
  const descriptor = openSync(path, 'wx', 0o600);
  ftruncateSync(descriptor, IMAGE_BYTES);
  closeSync(descriptor);
}

/** Makes and mounts an image below `room`. BenchError where that is impossible: no root, no loop device, no mkfs.ext4. */
export async function mountExt4(room: string): Promise<Ext4Disk> {
  if (process.getuid?.() !== 0) throw new BenchError('mounting takes root');
  const [image, directory] = [join(room, 'ext4.img'), join(room, 'ext4')];
  const remove = (): void => {
    spawnSync('umount', [directory], { stdio: 'ignore' });
    rmSync(image, { force: true });
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    makeImage(image);
    mkdirSync(directory);
    // inode tables now, so that no thread of the kernel writes them while we measure
    await outputOf(['mkfs.ext4', '-q', '-F', '-N', String(INODES), '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
    await outputOf(['mount', '-o', 'loop,discard', image, directory]);
  } catch (error) {
    remove();
    throw error;
  }
  return { directory, remove };
}
