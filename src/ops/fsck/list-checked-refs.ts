import { CoppiceError } from '../../base/errors.ts';
import type { Checksum } from '../../base/checksum.ts';
import { listRefs, readRef } from '../../repo/refs.ts';
import type { RefEntry } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';
import type { BoundRef } from '../../repo/commit-bindings.ts';

/** A ref whose commit is to be checked; `label` is what messages call it. */
export interface CheckedRef extends BoundRef {
  readonly label: string;
  readonly checksum: Checksum;
}

/** Every ref of the repository and of its remotes. */
export function plainRefs(repo: Repo): CheckedRef[] {
  return listRefs(repo).map((entry) => checkedRef(repo, entry, undefined));
}

/** Every ref that belongs to a collection: the repository's own, mirrored ones, those of remotes that have one. */
export function collectionRefs(repo: Repo): CheckedRef[] {
  const own = repo.config.collectionId === undefined ? [] : listRefs(repo, { kind: 'heads' });
  return [
    ...own.map((entry) => checkedRef(repo, entry, repo.config.collectionId)),
    ...listRefs(repo, { kind: 'mirrors' }).map((entry) => checkedRef(repo, entry, entry.collectionId)),
    ...repo.config.remotes.flatMap((remote) => remoteCollectionRefs(repo, remote)),
  ];
}

function remoteCollectionRefs(repo: Repo, remote: string): CheckedRef[] {
  const collection = repo.keyfile.getString(`remote "${remote}"`, 'collection-id');
  if (collection === undefined || collection === '') return [];
  return listRefs(repo, { kind: 'remotes', prefix: `${remote}:` }).map((entry) => checkedRef(repo, entry, collection));
}

function checkedRef(repo: Repo, entry: RefEntry, collection: string | undefined): CheckedRef {
  const name = entry.refspec.slice(entry.refspec.indexOf(':') + 1);
  const label = collection === undefined ? name : `(${collection}, ${name})`;
  return { name, collection, label, checksum: entry.checksum ?? refuseContents(repo, entry, label) };
}

/** A ref's file without a checksum in it; reading it as a ref tells what is wrong. */
function refuseContents(repo: Repo, { refspec, collectionId }: RefEntry, label: string): never {
  try {
    if (collectionId === undefined) readRef(repo, refspec);
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    throw new CoppiceError(error.code, `Loading commit for ref ${label}: ${error.message}`, { facts: error.facts, cause: error });
  }
  throw new CoppiceError('REF_INVALID', `Loading commit for ref ${label}: it holds no checksum`, { facts: { ref: refspec } });
}
