import { mkdirSync } from 'node:fs';
import { fromNodeError } from '../base/errors.ts';
import { presencePath } from './presence.ts';
import type { Repo } from './repo.ts';

/** Makes a directory for objects that are not in `objects/` yet; a crash leaves what the next transaction sweeps. */
export function makeStagingDirectory(repo: Repo): string {
  const path = presencePath(repo, 'staging');
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw fromNodeError(error, path);
  }
  return path;
}
