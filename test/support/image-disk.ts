import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { runWords } from './program.ts';
import type { Scratch } from './scratch.ts';

/** File systems of image files that tests are run on where they can be mounted. */
export type ImageFileSystem = 'ext4' | 'xfs' | 'btrfs';

/** Sparse; less than this mkfs.xfs refuses. */
const IMAGE_BYTES = 320 * 1024 * 1024;

/** Mounts a fresh image, unmounted before the scratch directory goes; undefined where that is not possible here. */
export function mountImage(scratch: Scratch, type: ImageFileSystem): string | undefined {
  const [image, path] = [scratch.fresh(`${type}.img`), scratch.fresh(type)];
  writeFileSync(image, '');
  truncateSync(image, IMAGE_BYTES);
  mkdirSync(path);
  if (!works([`mkfs.${type}`, '-q', image]) || !works(['mount', '-o', 'loop', image, path])) return undefined;
  scratch.beforeRemoval(() => {
    runWords(['umount', path]);
  });
  return path;
}

function works(words: readonly string[]): boolean {
  try {
    return runWords(words).status === 0;
  } catch {
    return false; // the program is not installed
  }
}
