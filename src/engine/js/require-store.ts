import { statSync } from 'node:fs';
import { fromNodeError, systemError } from '../../base/errors.ts';

/** Throws when one of a batch's directories is not there: then no file of it can be answered for. */
export function requireStore(...directories: readonly string[]): void {
  for (const path of directories) requireDirectory(path);
}

function requireDirectory(path: string): void {
  let isDirectory = false;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw fromNodeError(error, path);
  }
  if (!isDirectory) throw systemError('ENOTDIR', 'open', path);
}
