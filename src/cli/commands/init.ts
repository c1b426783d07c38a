import { CoppiceError } from '../../base/errors.ts';
import { parseRepoMode } from '../../format/object/repo-mode.ts';
import type { RepoMode } from '../../format/object/repo-mode.ts';
import { createRepo } from '../../repo/create-repo.ts';
import type { Invocation } from '../command.ts';
import { findRepository } from '../find-repository.ts';
import { openRepoLightly } from '../session.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, settings, env } = invocation;
  const mode = readMode(options.string('mode'));
  const { path, named } = findRepository(settings.repo, env);
  // without --repo there must be a repository already, and it stays as it is
  if (!named) await openRepoLightly(invocation);
  createRepo(path, { mode, collectionId: options.string('collection-id') });
  await openRepoLightly(invocation);
  return 0;
}

function readMode(word: string | undefined): RepoMode | undefined {
  if (word === undefined) return undefined;
  const mode = parseRepoMode(word);
  if (mode !== undefined) return mode;
  throw new CoppiceError('REPO_UNSUPPORTED', `Invalid mode '${word}' in repository configuration`);
}
