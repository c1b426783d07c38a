import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';

const PERMISSIONS = 0o7777;
const BUFFER_BYTES = 1 << 20;

function digestFile(path: string, buffer: Buffer): string {
  const [hash, descriptor] = [createHash('sha256'), openSync(path, 'r')];
  try {
    for (let got = readSync(descriptor, buffer); got > 0; got = readSync(descriptor, buffer)) hash.update(buffer.subarray(0, got));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

function describe(path: string, stat: Stats, buffer: Buffer, links: string): string {
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  const common = `${(stat.mode & PERMISSIONS).toString(8)} ${stat.uid} ${stat.gid} ${Math.floor(stat.mtimeMs / 1000) === 0 ? 'epoch' : 'now'}`;
  return stat.isDirectory() ? `directory ${common}` : `file ${common} ${links} ${digestFile(path, buffer)}`;
}

/**
 * One digest of all names, types, modes, owners, link counts, targets and bytes below `root`.
 *
 * Of times only whether they are 0, as checkouts set them: a file copied by `checkout -U` keeps the time of its making.
 * `ignoreLinks` leaves link counts out, for checkouts that stay beside others of the same objects.
 */
export function treeDigest(root: string, { ignoreLinks = false }: { readonly ignoreLinks?: boolean } = {}): string {
  const [hash, buffer] = [createHash('sha256'), Buffer.allocUnsafe(BUFFER_BYTES)];
  const visit = (prefix: string): void => {
    for (const name of readdirSync(join(root, prefix)).toSorted()) {
      const path = join(prefix, name);
      const stat = lstatSync(join(root, path));
      hash.update(`${path}\0${describe(join(root, path), stat, buffer, ignoreLinks ? '' : String(stat.nlink))}\0`);
      if (stat.isDirectory()) visit(path);
    }
  };
  visit('');
  return hash.digest('hex');
}
