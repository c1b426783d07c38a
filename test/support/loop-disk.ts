import { mkdirSync } from 'node:fs';
import { runWords, succeedWords } from './program.ts';
import type { Requirement } from './requirements.ts';
import type { Scratch } from './scratch.ts';

export type LoopFileSystem = 'btrfs' | 'xfs' | 'ext4';

const MAKE: Readonly<Record<LoopFileSystem, readonly string[]>> = {
  btrfs: ['mkfs.btrfs', '-q'],
  xfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'],
  ext4: ['mkfs.ext4', '-q'],
};

/** A file system in a sparse file, mounted; gone with the scratch directory. */
export class LoopDisk {
  readonly path: string;

  constructor(scratch: Scratch, kind: LoopFileSystem, bytes = 400 * 2 ** 20) {
    const image = scratch.fresh(`${kind}.img`);
    this.path = scratch.fresh(kind);
    mkdirSync(this.path);
    succeedWords(['truncate', '-s', String(bytes), image]);
    succeedWords([...MAKE[kind], image]);
    succeedWords(['mount', '-o', 'loop', image, this.path]);
    scratch.beforeRemoval(() => {
      this.release();
    });
  }

  release(): void {
    runWords(['umount', this.path]);
  }
}

/** That a file system of the kind can be made and mounted. */
export function needsLoop(kind: LoopFileSystem): Requirement {
  return {
    name: `mounting ${kind} from a file`,
    isMet: () => process.getuid?.() === 0 && runWords(['sh', '-c', tryMount(kind)]).status === 0,
    remedy: `run as root where loop devices are allowed, with ${MAKE[kind][0]} and a kernel that knows ${kind}`,
  };
}

function tryMount(kind: LoopFileSystem): string {
  return `d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && mkdir "$d/m" && truncate -s 400M "$d/i" && ${MAKE[kind].join(' ')} "$d/i" && mount -o loop "$d/i" "$d/m" && umount "$d/m"`;
}
