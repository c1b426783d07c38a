import { CoppiceError } from '../../../base/errors.ts';
import { parseRelativePath } from '../../../base/relative-path.ts';
import type { RelativePath } from '../../../base/relative-path.ts';

/** Changes the path of each entry; slashes and `./` at its start are gone, one at its end tells a directory. */
export type TranslatePath = (path: string) => string;

/** Where an entry goes: its path in the archive, below the root whatever it begins with, translated. PATH_INVALID for `..`. */
export function placeEntry(path: string, translate: TranslatePath | undefined): RelativePath {
  const relative = belowRoot(path);
  if (hasUplink(relative)) throw uplink(relative, `While making relative path "${relative}":`);
  if (translate === undefined) return parseRelativePath(relative);
  const translated = belowRoot(translate(relative));
  if (hasUplink(translated)) throw uplink(translated, '');
  return parseRelativePath(translated);
}

/** Leading slashes and `./` go; `..` directly below `/` is `/`. */
function belowRoot(path: string): string {
  return path.replace(/^(?:\/\.\.(?=\/))+/, '').replace(/^(?:\.?\/+)+/, '').replace(/^\.$/, '');
}

function hasUplink(path: string): boolean {
  return path.split('/').includes('..');
}

function uplink(path: string, prefix: string): CoppiceError {
  return new CoppiceError('PATH_INVALID', `${prefix}Invalid uplink '..' in path ${path}`, { facts: { path } });
}
