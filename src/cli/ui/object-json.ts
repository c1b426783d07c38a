import type { Checksum } from '../../base/checksum.ts';
import { loadCommit, readFileDetails } from '../../ops/read/index.ts';
import { readDirmetaObject, readDirtreeObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { commitJson } from './commit-json.ts';
import type { ShownObject } from './object-text.ts';
import { xattrJson } from './xattr-text.ts';

type Json = Readonly<Record<string, unknown>>;

/** An object of any shown type as JSON. */
export function objectJson(repo: Repo, { checksum, type }: ShownObject): Json {
  switch (type) {
    case 'commit':
      return commitJson(loadCommit(repo, checksum));
    case 'dirtree':
      return dirtreeJson(repo, checksum);
    case 'dirmeta': {
      const { uid, gid, mode, xattrs } = readDirmetaObject(repo, checksum);
      return { type, checksum, mode: `0${mode.toString(8)}`, uid, gid, xattrs: xattrJson(xattrs) };
    }
    case 'file':
      break;
  }
  return fileJson(repo, checksum);
}

function dirtreeJson(repo: Repo, checksum: Checksum): Json {
  const { files, directories } = readDirtreeObject(repo, checksum);
  return {
    type: 'dirtree',
    checksum,
    files: files.map((file) => ({ name: file.name, checksum: hex(file.checksum) })),
    directories: directories.map(({ name, tree, meta }) => ({ name, dirtree: hex(tree), dirmeta: hex(meta) })),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fileJson(repo: Repo, checksum: Checksum): Json {
  const { kind, mode, uid, gid, sizeBytes, symlinkTarget, xattrs } = readFileDetails(repo, checksum);
  const own = kind === 'symlink' ? { target: symlinkTarget } : { sizeBytes };
  return { type: 'file', checksum, kind, mode: `0${mode.toString(8)}`, uid, gid, ...own, xattrs: xattrJson(xattrs) };
}
