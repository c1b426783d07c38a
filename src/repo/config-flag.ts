import { readFileSync } from 'node:fs';
import { parseKeyfile } from '../format/keyfile.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { replaceFile } from '../fs/tmp-file.ts';
import { configPath } from './layout.ts';
import { presencePath } from './presence.ts';
import type { Repo } from './repo.ts';

/** Has the config say `core.<key>=true`, what is there kept as it stands; the open repository goes on with what it read. */
export function setConfigFlag(repo: Repo, key: string): void {
  const path = configPath(repo.path);
  const keyfile = parseKeyfile(readFileSync(path, 'utf8'));
  keyfile.set('core', key, 'true');
  replaceFile(path, keyfile.serialise(), { temporary: presencePath(repo, 'file'), fsync: fsyncPolicy(repo.config.fsync) });
}
