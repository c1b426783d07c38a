import { CoppiceError } from '../../base/errors.ts';
import type { PlaceBatch, StoreMode } from '../../engine/engine.ts';

export interface LinkWish {
  readonly userMode: boolean;
  /** `-H`: fail where a hardlink cannot be made. */
  readonly requireHardlinks: boolean;
  /** `-C`: never hardlink. */
  readonly forceCopy: boolean;
}

/** Whether an object's inode has just the metadata that a checkout in this mode shows. */
function modeLinks(mode: StoreMode, userMode: boolean): boolean {
  if (mode === 'bare-user-only') return true;
  return userMode ? mode === 'bare-user' : mode === 'bare';
}

/** Decides between hardlinks and copies for the whole checkout; refuses `-H` where the modes do not allow links. */
export function linkPolicy(mode: StoreMode, wish: LinkWish): PlaceBatch['link'] {
  if (wish.forceCopy) return 'never';
  if (modeLinks(mode, wish.userMode)) return wish.requireHardlinks ? 'require' : 'try';
  if (!wish.requireHardlinks) return 'never';
  const message =
    mode === 'bare-user'
      ? 'User repository mode requires user checkout mode to hardlink'
      : 'Bare repository mode cannot hardlink in user checkout mode';
  throw new CoppiceError('USAGE', message, {
    hint: mode === 'bare-user' ? 'add --user-mode (-U)' : 'leave out --require-hardlinks (-H)',
  });
}
