import { opendirSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { compareUtf8 } from '../base/byte-order.ts';
import { errnoOf, fromNodeError } from '../base/errors.ts';

/** The entries of a directory in byte order of their names; none when there is no such directory. */
export function readDirectory(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).toSorted((a, b) => compareUtf8(a.name, b.name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fromNodeError(error, path);
  }
}

/** As `readDirectory`, but in the order in which the file system has them, for what libostree writes in that order. */
export function readDirectoryAsIs(path: string): Dirent[] {
  const entries: Dirent[] = [];
  try {
    const directory = opendirSync(path);
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) entries.push(entry);
    } finally {
      directory.closeSync();
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromNodeError(error, path);
  }
  return entries;
}
