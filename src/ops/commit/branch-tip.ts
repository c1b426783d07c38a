import type { Checksum } from '../../base/checksum.ts';
import { isCoppiceError } from '../../base/errors.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';

/** The commit that a branch points at; undefined, too, where other refs lie below its name: writing the ref will tell which. */
export function branchTip(repo: Repo, branch: string): Checksum | undefined {
  try {
    return resolveRev(repo, branch, { allowNoent: true });
  } catch (error) {
    if (isCoppiceError(error, 'REF_INVALID') && error.facts['errno'] === 'EISDIR') return undefined;
    throw error;
  }
}
