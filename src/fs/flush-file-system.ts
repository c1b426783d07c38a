import { statfsSync } from 'node:fs';

const TMPFS = 0x01021994;

/** Whether the directory lies in memory: there is nothing to flush it to. */
export function isInMemory(directory: string): boolean {
  return statfsSync(directory).type === TMPFS;
}

/**
 * Flushes the whole file system that holds `directory` by the program `sync`, for engines without a call for it: coreutils
 * and busybox have it. False where it is absent or fails: whatever is written has to be flushed file by file then, which tells why.
 */
export async function flushFileSystem(directory: string): Promise<boolean> {
  const { spawnSync } = await import('node:child_process');
  return spawnSync('sync', ['-f', '--', directory], { stdio: 'ignore' }).status === 0;
}
