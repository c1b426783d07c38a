import { compareUtf8 } from '../../base/byte-order.ts';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import type { Repo } from '../../repo/repo.ts';

export type Finder = 'config' | 'mount';

/** A repository on this machine that may have the refs. */
export interface Candidate {
  readonly finder: Finder;
  readonly path: string;
  /** As results name it. */
  readonly url: string;
  /** The file with the keys that its commits are signed by: that of the configured remote of the collection. */
  readonly keyring: string;
  /** Smaller ones are better. */
  readonly priority: number;
  /** Those of the refs wanted of which it must have one to be of interest. */
  readonly refs: readonly CollectionRef[];
}

/** A remote of the config that tells its collection. */
export interface CollectionRemote {
  readonly name: string;
  readonly url: string;
  readonly collectionId: string;
}

/** Sorted by name. */
export function collectionRemotes({ config, keyfile }: Repo): CollectionRemote[] {
  return config.remotes.toSorted(compareUtf8).flatMap((name) => {
    const group = `remote "${name}"`;
    const [url, collectionId] = [keyfile.getString(group, 'url'), keyfile.getString(group, 'collection-id')];
    return url === undefined || collectionId === undefined ? [] : [{ name, url, collectionId }];
  });
}

export function keyringOf({ name }: CollectionRemote): string {
  return `${name}.trustedkeys.gpg`;
}
