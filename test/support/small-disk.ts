import { mkdirSync } from 'node:fs';
import { runWords, succeedWords } from './program.ts';
import type { Scratch } from './scratch.ts';

export interface DiskLimits {
  readonly bytes: number;
  /** Default: plenty. */
  readonly inodes?: number;
}

/** A tmpfs of a given size, unmounted when it is released or the scratch directory goes. */
export class SmallDisk {
  readonly path: string;

  constructor(scratch: Scratch, limits: DiskLimits) {
    this.path = scratch.fresh('disk');
    mkdirSync(this.path);
    succeedWords(['mount', '-t', 'tmpfs', '-o', options(limits), 'coppice-test', this.path]);
    scratch.beforeRemoval(() => {
      this.release();
    });
  }

  resize(limits: DiskLimits): void {
    succeedWords(['mount', '-o', `remount,${options(limits)}`, this.path]);
  }

  release(): void {
    runWords(['umount', this.path]);
  }
}

function options({ bytes, inodes = 1_000_000 }: DiskLimits): string {
  return `size=${bytes},nr_inodes=${inodes},mode=755`;
}
