import { readFileSync } from 'node:fs';
import { parseKeyfile } from '../format/keyfile.ts';
import { configPath } from './layout.ts';
import { replaceRepoFile } from './replace-repo-file.ts';
import type { Repo } from './repo.ts';

/** Has the config say `core.<key>=true`, what is there kept as it stands; the open repository goes on with what it read. */
export function setConfigFlag(repo: Repo, key: string): void {
  const path = configPath(repo.path);
  const keyfile = parseKeyfile(readFileSync(path, 'utf8'));
  keyfile.set('core', key, 'true');
  replaceRepoFile(repo, path, keyfile.serialise());
}
