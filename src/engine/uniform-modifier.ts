import { canonicalMode, isRegular } from '../base/unix-mode.ts';

/** Changes that every file and directory of a commit gets alike; what is absent stays as it is found. */
export interface UniformModifier {
  readonly ownerUid?: number | undefined;
  readonly ownerGid?: number | undefined;
  /** Owner 0:0 and permissions masked with 0755, but for symlinks. */
  readonly canonicalPermissions: boolean;
  /** Takes the write bits off executable files. */
  readonly readOnlyExecutables: boolean;
}

export interface Attributes {
  readonly uid: number;
  readonly gid: number;
  /** The whole st_mode. */
  readonly mode: number;
}

const WRITE_BITS = 0o222;
const EXECUTE_BITS = 0o111;

/** The attributes that are hashed and stored. `override` is asked for the mode after executables, before canonical permissions. */
export function applyUniform(
  { ownerUid, ownerGid, canonicalPermissions, readOnlyExecutables }: UniformModifier,
  { uid, gid, mode }: Attributes,
  override: (mode: number) => number = (same) => same,
): Attributes {
  const isExecutable = isRegular(mode) && (mode & EXECUTE_BITS) !== 0;
  const bits = override(readOnlyExecutables && isExecutable ? mode & ~WRITE_BITS : mode);
  if (canonicalPermissions) return { uid: 0, gid: 0, mode: canonicalMode(bits) };
  return { uid: ownerUid ?? uid, gid: ownerGid ?? gid, mode: bits };
}
