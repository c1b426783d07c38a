import { CoppiceError } from './errors.ts';

declare const relativePathBrand: unique symbol;

/** A slash-separated path inside a tree, without leading slash, `.` or `..`; the empty string is the root. */
export type RelativePath = string & { readonly [relativePathBrand]: true };

/** Why `name` cannot be one component of a tree, or undefined when it can (libostree's ot_util_filename_validate). */
export function fileNameFault(name: string): string | undefined {
  if (name === '') return 'empty file name';
  if (name === '.') return "file name '.' stands for the directory itself";
  if (name === '..') return "file name '..' leaves the directory";
  if (name.includes('/')) return 'file name contains a slash';
  if (name.includes('\0')) return 'file name contains a NUL byte';
  return undefined;
}

/** Reads a path as a user types it (`/usr/bin`, `./usr`, `usr//bin/`); throws PATH_INVALID on `..`. */
export function parseRelativePath(text: string): RelativePath {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || text.includes('\0')) {
    throw new CoppiceError('PATH_INVALID', `invalid path "${text}": it leaves the tree`, { facts: { path: text } });
  }
  return parts.join('/') as RelativePath;
}

export function joinRelative(parent: RelativePath, name: string): RelativePath {
  return (parent === '' ? name : `${parent}/${name}`) as RelativePath;
}
