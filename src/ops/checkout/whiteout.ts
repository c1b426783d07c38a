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

/** Tells whiteouts from files; throws FORMAT_INVALID for a whiteout of nothing. */
export function sortWhiteouts(files: readonly DirtreeFile[], wish: WhiteoutWish): SortedFiles {
  if (!wish.whiteouts && !wish.passthrough) return { opaque: false, removals: [], devices: [], files };
  const isDevice = (name: string): boolean => wish.passthrough && name.startsWith(PASSTHROUGH_PREFIX);
  const isWhiteout = (name: string): boolean => wish.whiteouts && name.startsWith(WHITEOUT_PREFIX);
  const whiteouts = files.filter(({ name }) => isWhiteout(name)).map(({ name }) => name);
  return {
    opaque: whiteouts.includes(OPAQUE_NAME),
    removals: whiteouts.filter((name) => name !== OPAQUE_NAME).map(whiteoutTarget),
    devices: files.filter(({ name }) => isDevice(name)),
    files: files.filter(({ name }) => !isDevice(name) && !isWhiteout(name)),
  };
}

function whiteoutTarget(name: string): string {
  const target = name.slice(WHITEOUT_PREFIX.length);
  if (target === '' || target === '.' || target === '..') {
    throw new CoppiceError('FORMAT_INVALID', `Invalid empty whiteout '${target}'`, { facts: { name } });
  }
  return target;
}

/** The name of the device that a passthrough whiteout stands for. */
export function deviceName(name: string): string {
  return name.slice(PASSTHROUGH_PREFIX.length);
}
