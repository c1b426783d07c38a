import { statfsSync } from 'node:fs';

/**
 * statfs types whose kernel sets ctime by this machine's clock at every change: ext2/3/4, xfs, btrfs, tmpfs, overlayfs,
 * f2fs, bcachefs, zfs. Not among them: file systems of other machines or programs (NFS, SMB, FUSE, 9p), and images that
 * are written by a tool (squashfs, erofs, iso9660), whose ctimes say nothing.
 */
export const TRUSTED_FILE_SYSTEMS: readonly number[] = [
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0xca451a4e, 0x2fc12fc1,
];

/** Whether ctimes tell every change on the file system that holds `path`. Throws node's own errors. */
export function tellsEveryChange(path: string): boolean {
  return TRUSTED_FILE_SYSTEMS.includes(statfsSync(path).type);
}

/** Remembers the answer for each device: a tree may have other file systems mounted in it. */
export class DeviceTrust {
  readonly #answers = new Map<number, boolean>();

  /** Whether ctimes of the device can be trusted; `path` gives something that lies on it. */
  has(device: number, path: () => string): boolean {
    const known = this.#answers.get(device);
    if (known !== undefined) return known;
    const answer = isTrusted(path());
    this.#answers.set(device, answer);
    return answer;
  }
}

function isTrusted(path: string): boolean {
  try {
    return tellsEveryChange(path);
  } catch {
    return false; // a dangling symlink, or gone: whoever reads it will tell
  }
}
