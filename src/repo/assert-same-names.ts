import { CoppiceError } from '../base/errors.ts';
import type { Repo } from './repo.ts';

/** Objects named by one digest mean nothing where another one names them: throws REPO_UNSUPPORTED. */
export function assertSameNames(repo: Repo, source: Repo): void {
  if (repo.algorithm === source.algorithm) return;
  throw new CoppiceError('REPO_UNSUPPORTED', `"${source.path}" names its objects by ${source.algorithm}, "${repo.path}" by ${repo.algorithm}`, {
    facts: { path: source.path },
  });
}
