import { checksumFromBytes } from '../../base/checksum.ts';
import { CoppiceError, errnoWords } from '../../base/errors.ts';
import { readDirtree } from '../../format/object/dirtree.ts';
import type { Dirtree } from '../../format/object/dirtree.ts';
import type { MetadataEntry } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { Transaction } from '../../repo/transaction.ts';

const MODULES = ['usr', 'lib', 'modules'] as const;
const KERNEL = 'vmlinuz';

/**
 * What tells that a tree can be booted: `ostree.bootable` and, as `ostree.linux`, the one directory of `/usr/lib/modules`
 * that has a `vmlinuz`. PATH_NOT_FOUND where there is none, and where there are several, in ostree's words.
 */
export function kernelMetadata(transaction: Transaction, rootTree: Uint8Array): MetadataEntry[] {
  const modules = MODULES.reduce((tree, _name, depth) => enter(transaction, tree, depth), rootTree);
  const kernels = read(transaction, modules).directories.filter(({ tree }) => hasKernel(read(transaction, tree)));
  const [kernel, ...more] = kernels;
  if (kernel === undefined) throw new CoppiceError('PATH_NOT_FOUND', 'No kernel found in /usr/lib/modules');
  if (more.length > 0) throw new CoppiceError('PATH_NOT_FOUND', 'Multiple kernels found in /usr/lib/modules');
  return [['ostree.bootable', { type: 'b', value: true }], ['ostree.linux', { type: 's', value: kernel.name }]];
}

function read(transaction: Transaction, tree: Uint8Array): Dirtree {
  return readDirtree(transaction.readMetadata(OBJECT_TYPE.dirtree, checksumFromBytes(tree)));
}

/** The dirtree of the path's component at `depth`. */
function enter(transaction: Transaction, tree: Uint8Array, depth: number): Uint8Array {
  const { directories, files } = read(transaction, tree);
  const path = `/${MODULES.slice(0, depth + 1).join('/')}`;
  const found = directories.find(({ name }) => name === MODULES[depth]);
  if (found !== undefined) return found.tree;
  const isFile = files.some(({ name }) => name === MODULES[depth]);
  throw new CoppiceError('PATH_NOT_FOUND', `${errnoWords(isFile ? 'ENOTDIR' : 'ENOENT')}: ${path}`, { facts: { path } });
}

function hasKernel({ files, directories }: Dirtree): boolean {
  return [...files, ...directories].some(({ name }) => name === KERNEL);
}
