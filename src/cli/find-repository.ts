import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from './command.ts';
import { badUsage } from './usage-error.ts';

export interface RepositoryPlace {
  readonly path: string;
  /** Named by `--repo`; otherwise it was looked for. */
  readonly named: boolean;
}

const SYSTEM_REPOSITORY = 'ostree/repo';

function looksLikeRepository(directory: string): boolean {
  const objects = statSync(join(directory, 'objects'), { throwIfNoEntry: false });
  const config = statSync(join(directory, 'config'), { throwIfNoEntry: false });
  return objects?.isDirectory() === true && config?.isFile() === true;
}

function defaultRepository(env: Environment): string {
  if (looksLikeRepository(env.workingDirectory)) return env.workingDirectory;
  if (env.ostreeRepo !== undefined) return resolve(env.workingDirectory, env.ostreeRepo);
  return resolve(env.workingDirectory, env.sysroot ?? '/', SYSTEM_REPOSITORY);
}

/** `--repo`; else the working directory if it is a repository; else `OSTREE_REPO`; else the one of the system. */
export function findRepository(repo: string | undefined, env: Environment): RepositoryPlace {
  if (repo === '') throw badUsage('opening repo: the path given by --repo is empty');
  if (repo !== undefined) return { path: resolve(env.workingDirectory, repo), named: true };
  return { path: defaultRepository(env), named: false };
}
