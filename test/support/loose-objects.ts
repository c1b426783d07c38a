import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ostree, succeed } from './program.ts';

/** The checksums that `ls` gives for one path of main: of a file one, of a directory its dirtree and its dirmeta. */
export function listedChecksums(repo: string, path: string): readonly string[] {
  return succeed(ostree, ['ls', `--repo=${repo}`, '-d', '-C', 'main', path]).match(/[0-9a-f]{64}/g) ?? [];
}

export function objectPath(repo: string, checksum: string, extension: string): string {
  return join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}${extension}`);
}

/** The other way round: the checksum in an object's path. */
export function checksumOf(path: string): string {
  return path.split('/').slice(-2).join('').slice(0, 64);
}

/** Writes a metadata object under its true name, whatever it says. Returns the checksum. */
export function plantObject(repo: string, bytes: Buffer, extension: string): string {
  const checksum = createHash('sha256').update(bytes).digest('hex');
  const path = objectPath(repo, checksum, extension);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return checksum;
}
