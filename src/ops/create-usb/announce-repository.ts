import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { CoppiceError, errnoOf, errnoWords, fromNodeError } from '../../base/errors.ts';
import { isSameFile, makeDirectories } from './drive.ts';

/** Places where a drive's repository is looked for in any case. */
const WELL_KNOWN: readonly string[] = ['ostree/repo', '.ostree/repo'];
const LINKS = '.ostree/repos.d';
const MAX_LINKS = 100;

/**
 * Has a symlink in `.ostree/repos.d` lead to the repository, unless it lies in a well-known place or something there
 * is, or leads to, the repository already. The link's path below the mount comes back.
 */
export function announceRepository(mountPath: string, destination: string): string | undefined {
  if (WELL_KNOWN.includes(destination)) return undefined;
  const directory = join(mountPath, LINKS);
  makeLinkDirectory(directory);
  const name = findLink(directory, resolve(mountPath, destination)) ?? makeLink(directory, linkTarget(mountPath, destination));
  return `${LINKS}/${name}`;
}

function makeLinkDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    throw new CoppiceError('SYSTEM', `opendir(${LINKS}): ${errnoWords('ENOTDIR')}`, { facts: { path, errno: 'ENOTDIR' } });
  }
  makeDirectories(path, LINKS);
}

function linkTarget(mountPath: string, destination: string): string {
  return isAbsolute(destination) ? relative(resolve(mountPath, LINKS), destination) : `../../${destination}`;
}

function findLink(directory: string, repository: string): string | undefined {
  const wanted = statSync(repository);
  return namesIn(directory).find((name) => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    return found !== undefined && isSameFile(found, wanted);
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (error) {
    throw fromNodeError(error, directory);
  }
}

/** The first free one of the names `00-generated` to `99-generated`. */
function makeLink(directory: string, target: string): string {
  for (let index = 0; index < MAX_LINKS; index += 1) {
    const name = `${String(index).padStart(2, '0')}-generated`;
    if (tryLink(target, join(directory, name))) return name;
  }
  throw new CoppiceError('PATH_EXISTS', 'Could not find an unused symlink name for the repository', {
    facts: { path: directory },
    hint: `Delete what is not needed in "${directory}".`,
  });
}

function tryLink(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return false;
    if (errno === undefined) throw error;
    throw new CoppiceError('SYSTEM', `symlinkat(${path} → ${target}): ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}
