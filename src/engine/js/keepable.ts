import { CoppiceError } from '../../base/errors.ts';
import { isRegular, S_IFMT } from '../../base/unix-mode.ts';
import type { StoreMode } from '../engine.ts';
import type { ContentHeader } from '../header.ts';

/** libostree's limit on what bare-user-only can keep. */
const USER_ONLY_MODE_BITS = 0o775;

/** bare-user-only keeps neither owners nor special bits nor xattrs: an object with them would read back as another one. */
export function checkKeepable(mode: StoreMode, header: ContentHeader): void {
  if (mode !== 'bare-user-only') return;
  checkCanonicalMode(header);
  if (header.uid !== 0 || header.gid !== 0) {
    throw new CoppiceError('FORMAT_INVALID', `owner ${header.uid}:${header.gid} cannot be kept in a bare-user-only repository`);
  }
  if (header.xattrs.length > 0) {
    throw new CoppiceError('FORMAT_INVALID', 'extended attributes cannot be kept in a bare-user-only repository');
  }
}

/** Refuses a regular file with mode bits that bare-user-only does not have. */
export function checkCanonicalMode({ mode }: ContentHeader): void {
  const invalid = mode & ~S_IFMT & ~USER_ONLY_MODE_BITS;
  if (!isRegular(mode) || invalid === 0) return;
  const message = `invalid mode 0${mode.toString(8)} with bits 0${invalid.toString(8)} in bare-user-only repository`;
  throw new CoppiceError('FORMAT_INVALID', message);
}
