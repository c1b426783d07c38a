import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listedChecksums, objectPath, plantObject } from './loose-objects.ts';
import { ostree, succeed } from './program.ts';

/** Writes a dirtree whose names no careful program would write, and a commit of it. Returns both checksums. */
export function plantDirtree(repo: string, files: readonly string[], directories: readonly string[]): { readonly dirtree: string; readonly commit: string } {
  const [innerTree, dirmeta] = listedChecksums(repo, '/usr/bin').map((checksum) => Buffer.from(checksum, 'hex'));
  const content = Buffer.from(listedChecksums(repo, '/usr/bin/tool')[0] ?? '', 'hex');
  if (innerTree === undefined || dirmeta === undefined) throw new Error('the template has no /usr/bin');
  const fileArray = variantArray(files.map((name) => entry(name, [content])));
  const directoryArray = variantArray(directories.map((name) => entry(name, [innerTree, dirmeta])));
  const dirtree = plantObject(repo, framed(Buffer.concat([fileArray, directoryArray]), [fileArray.length]), '.dirtree');
  const original = readFileSync(objectPath(repo, succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main']), '.commit'));
  const root = Buffer.from(succeed(ostree, ['ls', `--repo=${repo}`, '-d', '-C', 'main', '/']).match(/[0-9a-f]{64}/)?.[0] ?? '', 'hex');
  const at = original.indexOf(root);
  const commit = plantObject(repo, Buffer.concat([original.subarray(0, at), Buffer.from(dirtree, 'hex'), original.subarray(at + 32)]), '.commit');
  writeFileSync(join(repo, 'refs/heads/evil'), `${commit}\n`);
  return { dirtree, commit };
}

/** `(say)` or `(sayay)`: name, then checksums, the end offsets of all but the last in reverse. */
function entry(name: string, checksums: readonly Buffer[]): Buffer {
  const named = Buffer.from(`${name}\0`);
  const ends = checksums.map((_, index) => named.length + index * 32);
  return framed(Buffer.concat([named, ...checksums]), ends);
}

function framed(body: Buffer, ends: readonly number[]): Buffer {
  return withOffsets(body, ends.toReversed());
}

function variantArray(elements: readonly Buffer[]): Buffer {
  let end = 0;
  const ends = elements.map((element) => (end += element.length));
  return withOffsets(Buffer.concat(elements), ends);
}

function withOffsets(body: Buffer, offsets: readonly number[]): Buffer {
  const width = body.length + offsets.length < 256 ? 1 : 2;
  const table = Buffer.alloc(offsets.length * width);
  offsets.forEach((offset, index) => table.writeUIntLE(offset, index * width, width));
  return Buffer.concat([body, table]);
}
