import { readlinkSync } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';

/** The target of a symlink; PATH_INVALID unless it is UTF-8, for it has to stand in a header. */
export function readSymlink(path: string): string {
  const raw = readlinkSync(path, 'buffer');
  const target = raw.toString('utf8');
  if (!Buffer.from(target, 'utf8').equals(raw)) {
    throw new CoppiceError('PATH_INVALID', `the symlink target "${target}" is not UTF-8`);
  }
  return target;
}
