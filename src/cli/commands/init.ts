import { CoppiceError } from '../../base/errors.ts';
import { parseRepoMode } from '../../format/object/repo-mode.ts';
import type { ObjectAlgorithm, RepoMode } from '../../format/object/repo-mode.ts';
import { createRepo } from '../../repo/create-repo.ts';
import type { Invocation } from '../command.ts';
import type { Repo } from '../../repo/repo.ts';
import { findRepository } from '../find-repository.ts';
import { parseAlgorithm } from '../parse-algorithm.ts';
import { openRepoLightly } from '../session.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, settings, env } = invocation;
  const mode = readMode(options.string('mode'));
  const algorithm = parseAlgorithm(options.string('checksum'));
  const { path, named } = findRepository(settings.repo, env);
  // without --repo there must be a repository already, and it stays as it is
  if (!named) await openRepoLightly(invocation);
  createRepo(path, { mode, algorithm, collectionId: options.string('collection-id'), skipCache: env.skipCache });
  assertNamedBy(await openRepoLightly(invocation), algorithm);
  return 0;
}

/** A mode that is asked of a repository that exists is overlooked, as by ostree; an algorithm is not. */
function assertNamedBy(repo: Repo, algorithm: ObjectAlgorithm | undefined): void {
  if (algorithm === undefined || algorithm === repo.algorithm) return;
  throw new CoppiceError('USAGE', `the objects of "${repo.path}" are named by ${repo.algorithm} already`, { facts: { path: repo.path } });
}

function readMode(word: string | undefined): RepoMode | undefined {
  if (word === undefined) return undefined;
  const mode = parseRepoMode(word);
  if (mode !== undefined) return mode;
  throw new CoppiceError('REPO_UNSUPPORTED', `Invalid mode '${word}' in repository configuration`);
}
