import { realpathSync } from 'node:fs';
import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { fromNodeError, isCoppiceError } from '../../base/errors.ts';
import { readDirectory } from '../../fs/read-dir.ts';

/** A tree that a sysroot has checked out from its repository, to be booted. */
export interface Deployment {
  /** The stateroot it belongs to. */
  readonly osname: string;
  /** The commit it was checked out from; the repository may not have it. */
  readonly checksum: Checksum;
  /** The deployserial: tells deployments of one commit apart. */
  readonly serial: number;
}

/** Deployments of the sysroot around a repository. */
export interface FoundDeployments {
  /** `<sysroot>/ostree`, its real path. */
  readonly home: string;
  /** In order of osnames, checksums and serials as text. */
  readonly deployments: readonly Deployment[];
}

const REPOSITORY = '/ostree/repo';
const NAME = /^([0-9a-f]{64})\.(0|[1-9]\d{0,8})$/;
/** Control characters and their like would be printed, and what is not UTF-8 cannot be opened. */
const UNPRINTABLE = /[\p{C}\ufffd]/u;
const UNSEEN: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP']);

/**
 * Lists the directories `ostree/deploy/<osname>/deploy/<checksum>.<serial>` of the sysroot whose `ostree/repo` the path
 * leads to; undefined where there are none. Other names, symlinks, and what may not be read are passed over.
 */
export function findDeployments(repoPath: string): FoundDeployments | undefined {
  const path = realPath(repoPath);
  if (!path.endsWith(REPOSITORY)) return undefined;
  const home = path.slice(0, path.lastIndexOf('/'));
  const deployments = directoriesBelow(home, 'deploy')
    .filter((osname) => !UNPRINTABLE.test(osname))
    .flatMap((osname) => directoriesBelow(`${home}/deploy/${osname}`, 'deploy').flatMap((name) => parseName(osname, name)));
  return deployments.length === 0 ? undefined : { home, deployments };
}

/** Where the deployment lies below the home of its sysroot. */
export function deploymentPath({ osname, checksum, serial }: Deployment): string {
  return `deploy/${osname}/deploy/${checksum}.${serial}`;
}

function parseName(osname: string, name: string): Deployment[] {
  const [, checksum = '', serial = ''] = NAME.exec(name) ?? [];
  return isChecksum(checksum) ? [{ osname, checksum, serial: Number(serial) }] : [];
}

/** The directories in `parent/name`, where that is one itself and no symlink. */
function directoriesBelow(parent: string, name: string): string[] {
  return directoriesIn(parent).includes(name) ? directoriesIn(`${parent}/${name}`) : [];
}

function directoriesIn(path: string): string[] {
  try {
    return readDirectory(path).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isCoppiceError(error) && UNSEEN.has(error.facts['errno'])) return [];
    throw error;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
