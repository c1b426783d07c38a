/**
 * Where things lie in a repository:
 *
 *     config                                  GKeyFile
 *     objects/XX/<62 hex>.<type>              loose objects; the directory is made last, a repository has it
 *     refs/heads/<ref>                        64 hex digits and a newline; aliases are relative symlinks
 *     refs/remotes/<remote>/<ref>
 *     refs/mirrors/<collection>/<ref>
 *     state/<checksum>.commitpartial          the commit may lack objects
 *     deltas/XX/<name>/superblock             static deltas
 *     delta-indexes/XX/<name>.index           which of them lead to a commit
 *     summary, summary.sig                    the refs, for those who cannot list them
 *     tmp/                                    half-written things; `cache` stays, the rest expires
 *     uncompressed-objects-cache/XX/          inflated content of archive repositories
 *     .lock                                   record locks
 */
import type { Checksum } from '../base/checksum.ts';

/** Made by `init`, in this order, `objects` and with it the repository itself last. */
export const INITIAL_DIRECTORIES = ['tmp', 'extensions', 'state', 'refs', 'refs/heads', 'refs/mirrors', 'refs/remotes'] as const;

/** What is never expired in `tmp/`. */
export const CACHE_NAME = 'cache';

export const configPath = (repoPath: string): string => `${repoPath}/config`;
export const objectsPath = (repoPath: string): string => `${repoPath}/objects`;
export const tmpPath = (repoPath: string): string => `${repoPath}/tmp`;
export const cachePath = (repoPath: string): string => `${repoPath}/tmp/${CACHE_NAME}`;
export const lockPath = (repoPath: string): string => `${repoPath}/.lock`;
export const refsPath = (repoPath: string): string => `${repoPath}/refs`;
export const uncompressedCachePath = (repoPath: string): string => `${repoPath}/uncompressed-objects-cache`;

export const statePath = (repoPath: string): string => `${repoPath}/state`;
export const summaryPath = (repoPath: string): string => `${repoPath}/summary`;
export const summarySignaturePath = (repoPath: string): string => `${repoPath}/summary.sig`;
export const deltaIndexesPath = (repoPath: string): string => `${repoPath}/delta-indexes`;
export const deltasPath = (repoPath: string): string => `${repoPath}/deltas`;
export const cachedSummariesPath = (repoPath: string): string => `${cachePath(repoPath)}/summaries`;

/** What the name of a partial commit's marker ends in. */
export const PARTIAL_SUFFIX = '.commitpartial';

/** The file that marks a commit as possibly incomplete. */
export function partialMarkerPath(repoPath: string, commit: Checksum): string {
  return `${statePath(repoPath)}/${commit}${PARTIAL_SUFFIX}`;
}
