import { dirname } from 'node:path';
import { parseCollectionId, parseRefName, parseRefspec } from '../format/ref-name.ts';
import type { RefName } from '../format/ref-name.ts';
import { refsPath } from './layout.ts';

/** A ref of the repository itself, of a remote, or mirrored for a collection. */
export interface RefLocation {
  readonly kind: 'heads' | 'remotes' | 'mirrors';
  /** The remote or the collection; empty for heads. */
  readonly owner: string;
  readonly ref: RefName;
}

/** Where `ref` or `remote:ref` lies; throws REF_INVALID. */
export function locateRefspec(refspec: string): RefLocation {
  const { remote, ref } = parseRefspec(refspec);
  return remote === undefined ? { kind: 'heads', owner: '', ref } : { kind: 'remotes', owner: remote, ref };
}

/** Where a ref mirrored for a collection lies; throws REF_INVALID. */
export function locateCollectionRef(collectionId: string, ref: string): RefLocation {
  return { kind: 'mirrors', owner: parseCollectionId(collectionId), ref: parseRefName(ref) };
}

/** The directory below which the names of the location's refs begin. */
export function refRoot(repoPath: string, { kind, owner }: Pick<RefLocation, 'kind' | 'owner'>): string {
  const base = `${refsPath(repoPath)}/${kind}`;
  return owner === '' ? base : `${base}/${owner}`;
}

export function refPath(repoPath: string, location: RefLocation): string {
  return `${refRoot(repoPath, location)}/${location.ref}`;
}

/** What a relative symlink at `ref` says to mean `target` in the same root. */
export function aliasTarget(ref: RefName, target: RefName): string {
  return `${'../'.repeat(ref.split('/').length - 1)}${target}`;
}

/** The ref that an alias at `ref` means, from what its symlink says. */
export function resolveAlias(ref: string, linkText: string): string {
  const parts = dirname(ref) === '.' ? [] : dirname(ref).split('/');
  for (const part of linkText.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
