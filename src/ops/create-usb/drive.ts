import { closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { resolve } from 'node:path';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';

export interface DestinationRequest {
  readonly mountPath: string;
  /** Below the mount; an absolute path stands for itself. */
  readonly destination: string;
  readonly sourcePath: string;
}

const DIRECTORY_MODE = 0o755;

/** Throws SYSTEM unless a directory is there that can be read; symlinks to one are good. */
export function assertMount(mountPath: string): void {
  try {
    closeSync(openSync(mountPath, constants.O_RDONLY | constants.O_DIRECTORY));
  } catch (error) {
    throw reworded(error, 'opendir', mountPath);
  }
}

/** Makes the directory of the drive's repository and those above it; its absolute path comes back. */
export function makeDestination({ mountPath, destination, sourcePath }: DestinationRequest): string {
  const path = resolve(mountPath, destination);
  makeDirectories(destination === '' ? '' : path, destination);
  const made = statSync(path);
  if (made.dev !== statSync(mountPath).dev) throw misplaced('--destination-repo must be a descendent of MOUNT-PATH', path);
  if (isSameFile(made, statSync(sourcePath))) throw misplaced('--destination-repo must not be the source repository', path);
  return path;
}

export function isSameFile(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** As `mkdir -p`; `shown` is what the error names. */
export function makeDirectories(path: string, shown: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    throw reworded(error, 'mkdir', shown);
  }
}

function misplaced(message: string, path: string): CoppiceError {
  return new CoppiceError('USAGE', message, { facts: { path, showUsage: true } });
}

/** A file in the place of a directory is what node calls EEXIST. */
function reworded(error: unknown, syscall: string, shown: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const words = errnoWords(errno === 'EEXIST' ? 'ENOTDIR' : errno);
  return new CoppiceError('SYSTEM', `${syscall}(${shown}): ${words}`, { facts: { path: shown, errno, syscall }, cause: error });
}
