import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { ChecksumSet } from '../../base/checksum-set.ts';
import { CoppiceError } from '../../base/errors.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { Commit } from '../../format/object/commit.ts';
import type { Dirtree } from '../../format/object/dirtree.ts';
import { readDirtreeObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { objectName } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Roots } from './reachable-walk.ts';

/** Tells for each problem which of the commits hold the object, oldest first. */
export type Owners = (problem: Problem) => readonly Checksum[];

/**
 * Finds who holds the broken objects. The walk that found them keeps no such record, which would cost a parent list
 * for every sound object; a second walk over the dirtrees, made only when something is broken, is cheaper.
 */
export function findOwners(repo: Repo, commits: ReadonlyMap<Checksum, DatedRoots>, problems: readonly Problem[]): Owners {
  const [only] = commits.keys();
  if (commits.size === 1 && only !== undefined) return ({ type, checksum }) => [type === OBJECT_TYPE.commit ? checksum : only];
  const search = new OwnerSearch(repo, problems);
  for (const [commit, roots] of [...commits].toSorted(byAge)) search.visitCommit(commit, roots);
  return (problem) => (problem.type === OBJECT_TYPE.commit ? [problem.checksum] : search.ownersOf(problem));
}

type DatedRoots = Roots & Pick<Commit, 'timestampSeconds'>;
type DatedCommit = readonly [Checksum, DatedRoots];

function byAge([a, { timestampSeconds: left }]: DatedCommit, [b, { timestampSeconds: right }]: DatedCommit): number {
  if (left !== right) return left < right ? -1 : 1;
  return a < b ? -1 : 1;
}

const NONE: readonly string[] = [];

class OwnerSearch {
  readonly #repo: Repo;
  readonly #broken: ReadonlySet<string>;
  readonly #owners = new Map<string, Checksum[]>();
  /** Names of the broken objects in and below a dirtree; dirtrees without any are in `#clean`. */
  readonly #below = new Map<string, readonly string[]>();
  readonly #clean = new ChecksumSet();

  constructor(repo: Repo, problems: readonly Problem[]) {
    this.#repo = repo;
    this.#broken = new Set(problems.map(objectName));
  }

  visitCommit(commit: Checksum, { rootTree, rootMeta }: Roots): void {
    const meta = this.#nameIfBroken(Buffer.from(rootMeta, 'hex'), OBJECT_TYPE.dirmeta);
    const names = new Set([...meta, ...this.#search(Buffer.from(rootTree, 'hex'))]);
    for (const name of names) this.#owners.set(name, [...(this.#owners.get(name) ?? []), commit]);
  }

  ownersOf(problem: Problem): readonly Checksum[] {
    return this.#owners.get(objectName(problem)) ?? [];
  }

  #search(tree: Uint8Array): readonly string[] {
    if (this.#clean.has(tree)) return NONE;
    const hex = checksumFromBytes(tree);
    const known = this.#below.get(hex);
    if (known !== undefined) return known;
    const found = this.#searchDirtree(tree, hex);
    if (found.length === 0) this.#clean.add(tree);
    else this.#below.set(hex, found);
    return found;
  }

  #searchDirtree(tree: Uint8Array, hex: Checksum): readonly string[] {
    const own = this.#nameIfBroken(tree, OBJECT_TYPE.dirtree);
    const dirtree = own.length > 0 ? undefined : this.#read(hex);
    if (dirtree === undefined) return own;
    const found = new Set<string>();
    for (const { checksum } of dirtree.files) for (const name of this.#nameIfBroken(checksum, OBJECT_TYPE.file)) found.add(name);
    for (const { tree: child, meta } of dirtree.directories) {
      for (const name of this.#nameIfBroken(meta, OBJECT_TYPE.dirmeta)) found.add(name);
      for (const name of this.#search(child)) found.add(name);
    }
    return [...found];
  }

  /** A dirtree that the first walk did not reach any more may be broken, too. */
  #read(checksum: Checksum): Dirtree | undefined {
    try {
      return readDirtreeObject(this.#repo, checksum);
    } catch (error) {
      if (error instanceof CoppiceError) return undefined;
      throw error;
    }
  }

  #nameIfBroken(checksum: Uint8Array, type: Problem['type']): readonly string[] {
    const name = objectName({ checksum: checksumFromBytes(checksum), type });
    return this.#broken.has(name) ? [name] : NONE;
  }
}
