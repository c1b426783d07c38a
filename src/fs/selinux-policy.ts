import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { CoppiceError, errnoOf, errnoWords, fromNodeError } from '../base/errors.ts';
import type { FileLabels } from '../format/selinux/file-labels.ts';
import { policyType } from '../format/selinux/policy-config.ts';
import { LABEL_FILES, POLICY_PLACES, readFileLabels } from '../format/selinux/read-policy.ts';

/**
 * The labels of the SELinux policy of the root file system at `root`; undefined where it has none, or one that is
 * disabled. Throws PATH_NOT_FOUND unless a directory is there, FORMAT_INVALID for a policy that cannot be used.
 */
export function openSelinuxPolicy(root: string): FileLabels | undefined {
  assertDirectory(root);
  const [first, second] = POLICY_PLACES.map((place) => `${root}/${place}`);
  const place = existsSync(first ?? '') ? first : second;
  const config = readIfThere(`${place}/config`);
  const type = config === undefined ? undefined : policyType(config, `${place}`);
  return type === undefined ? undefined : readFileLabels(readLabelFiles(`${place}/${type}`), `${place}/${type}`);
}

function readLabelFiles(directory: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const name of LABEL_FILES) {
    const bytes = readIfThere(`${directory}/${name}`);
    if (bytes !== undefined) files.set(name, bytes);
  }
  return files;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw fromNodeError(error, path);
  }
}

function assertDirectory(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CoppiceError('PATH_NOT_FOUND', `opendir(${path}): ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}
