import type { Checksum } from '../base/checksum.ts';
import { isChecksum } from '../base/checksum.ts';
import { CoppiceError } from '../base/errors.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { formatRefspec, parseRefspec } from '../format/ref-name.ts';
import type { Refspec } from '../format/ref-name.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { refsPath } from './layout.ts';
import { fanOutNames, listPrefix } from './list-objects.ts';
import { readCommitObject } from './object-reader.ts';
import { readRefAt } from './refs.ts';
import type { Repo } from './repo.ts';

export interface ResolveOptions {
  /** A ref that is not there resolves to undefined instead of REF_NOT_FOUND. */
  readonly allowNoent?: boolean | undefined;
}

const ABBREVIATED = /^[0-9a-f]{0,64}$/;

/**
 * Resolves what a user typed to a commit, in libostree's order: a whole checksum (its object need not be there), an
 * abbreviated one, `rev^` (the parent; may be repeated), `ref`, `remote:ref`. A bare ref is looked for in heads, then
 * as `remote/ref`, then in every remote in byte order, then in the parent repository.
 *
 * Throws REF_NOT_FOUND, REF_INVALID, or REV_AMBIGUOUS for a checksum that several commits begin with.
 */
export function resolveRev(repo: Repo, rev: string): Checksum;
export function resolveRev(repo: Repo, rev: string, options: ResolveOptions): Checksum | undefined;
export function resolveRev(repo: Repo, rev: string, options: ResolveOptions = {}): Checksum | undefined {
  if (isChecksum(rev)) return rev;
  const completed = ABBREVIATED.test(rev) ? completeChecksum(repo, rev) : undefined;
  if (completed !== undefined) return completed;
  if (rev.endsWith('^')) return resolveParent(repo, rev.slice(0, -1), options);
  const refspec = parseRefspec(rev);
  const found = findRef(repo, refspec);
  if (found !== undefined || options.allowNoent === true) return found;
  throw new CoppiceError('REF_NOT_FOUND', `Refspec '${formatRefspec(refspec)}' not found`, { facts: { refspec: rev } });
}

function resolveParent(repo: Repo, rev: string, options: ResolveOptions): Checksum | undefined {
  const child = resolveRev(repo, rev, options);
  if (child === undefined) return undefined;
  const { parent } = readCommitObject(repo, child);
  if (parent !== undefined) return parent;
  throw new CoppiceError('REF_NOT_FOUND', `Commit ${child} has no parent`, { facts: { checksum: child } });
}

/** The only commit whose checksum begins with these digits. */
function completeChecksum(repo: Repo, digits: string): Checksum | undefined {
  const found = new Set<Checksum>();
  for (let at: Repo | undefined = repo; at !== undefined; at = at.parent) addCommits(at, digits, found);
  if (found.size > 1) throw new CoppiceError('REV_AMBIGUOUS', `Refspec ${digits} not unique`, { facts: { rev: digits } });
  const [only] = found;
  return only;
}

function addCommits(repo: Repo, digits: string, found: Set<Checksum>): void {
  const start = digits.slice(0, 2);
  for (const prefix of fanOutNames().filter((name) => name.startsWith(start))) {
    for (const { checksum, type } of listPrefix(repo, prefix)) {
      if (type === OBJECT_TYPE.commit && checksum.startsWith(digits)) found.add(checksum);
    }
  }
}

function findRef(repo: Repo, refspec: Refspec): Checksum | undefined {
  const found = refspec.remote === undefined ? findBareRef(repo, refspec.ref) : findRemoteRef(repo, refspec.remote, refspec);
  if (found !== undefined || repo.parent === undefined) return found;
  return findRef(repo.parent, refspec);
}

function findRemoteRef(repo: Repo, remote: string, { ref }: Refspec): Checksum | undefined {
  return readRefAt(repo, { kind: 'remotes', owner: remote, ref });
}

function findBareRef(repo: Repo, ref: Refspec['ref']): Checksum | undefined {
  const heads = readRefAt(repo, { kind: 'heads', owner: '', ref });
  return heads ?? readRefAt(repo, { kind: 'remotes', owner: '', ref }) ?? findInRemotes(repo, ref);
}

function findInRemotes(repo: Repo, ref: Refspec['ref']): Checksum | undefined {
  for (const entry of readDirectory(`${refsPath(repo.path)}/remotes`)) {
    const found = entry.isDirectory() ? findRemoteRef(repo, entry.name, { ref }) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
