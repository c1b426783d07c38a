import { CoppiceError } from '../../base/errors.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';

const WHITEOUT_PREFIX = '.wh.';
const OPAQUE_NAME = '.wh..wh..opq';
const PASSTHROUGH_PREFIX = '.ostree-wh.';

export interface WhiteoutWish {
  /** `.wh.NAME` removes NAME, `.wh..wh..opq` empties the directory, as in Docker layers. */
  readonly whiteouts: boolean;
  /** `.ostree-wh.NAME` becomes the character device 0:0 NAME of overlayfs. */
  readonly passthrough: boolean;
}

/** The files of a directory, sorted by what they mean. */
export interface SortedFiles {
  readonly opaque: boolean;
  /** Names to remove from the destination. */
  readonly removals: readonly string[];
  readonly devices: readonly DirtreeFile[];
  readonly files: readonly DirtreeFile[];
}

/**
 * Tells whiteouts from files; throws FORMAT_INVALID for a whiteout of nothing. `isRegular` is asked of files whose name is
 * that of a whiteout: a symlink of such a name is a symlink.
 */
export function sortWhiteouts(files: readonly DirtreeFile[], wish: WhiteoutWish, isRegular: (file: DirtreeFile) => boolean): SortedFiles {
  const sorted = { opaque: false, removals: [] as string[], devices: [] as DirtreeFile[], files: [] as DirtreeFile[] };
  if (!wish.whiteouts && !wish.passthrough) return { ...sorted, files };
  for (const file of files) {
    const kind = kindOf(file.name, wish);
    if (kind === 'file' || !isRegular(file)) sorted.files.push(file);
    else if (kind === 'device') sorted.devices.push(file);
    else if (file.name === OPAQUE_NAME) sorted.opaque = true;
    else sorted.removals.push(whiteoutTarget(file.name));
  }
  return sorted;
}

function kindOf(name: string, wish: WhiteoutWish): 'file' | 'device' | 'whiteout' {
  if (wish.passthrough && name.startsWith(PASSTHROUGH_PREFIX)) return 'device';
  return wish.whiteouts && name.startsWith(WHITEOUT_PREFIX) ? 'whiteout' : 'file';
}

function whiteoutTarget(name: string): string {
  return validTarget(name.slice(WHITEOUT_PREFIX.length), 'whiteout');
}

/** The name of the device that a passthrough whiteout stands for. */
export function deviceName(name: string): string {
  return validTarget(name.slice(PASSTHROUGH_PREFIX.length), 'overlayfs whiteout');
}

function validTarget(target: string, what: string): string {
  if (target !== '' && target !== '.' && target !== '..') return target;
  throw new CoppiceError('FORMAT_INVALID', `Invalid empty ${what} '${target}'`, { facts: { name: target } });
}
