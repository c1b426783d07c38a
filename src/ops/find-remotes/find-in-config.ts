import { fileURLToPath } from 'node:url';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import type { Repo } from '../../repo/repo.ts';
import { collectionRemotes, keyringOf } from './candidate.ts';
import type { Candidate } from './candidate.ts';

const PRIORITY = 100;

/** The configured remotes of the refs' collections, those on this machine; `notice` is told of each other one. */
export function findInConfig(repo: Repo, refs: readonly CollectionRef[], notice: (sentence: string) => void): Candidate[] {
  return collectionRemotes(repo).flatMap((remote) => {
    const mine = refs.filter(({ collectionId }) => collectionId === remote.collectionId);
    if (mine.length === 0) return [];
    const path = localPath(remote.url);
    if (path === undefined) {
      notice(`remote "${remote.name}" is not asked: pulling over the network is not built yet`);
      return [];
    }
    return [{ finder: 'config' as const, path, url: remote.url, keyring: keyringOf(remote), priority: PRIORITY, refs: mine }];
  });
}

function localPath(url: string): string | undefined {
  try {
    return url.startsWith('file://') ? fileURLToPath(url) : undefined;
  } catch {
    return undefined;
  }
}
