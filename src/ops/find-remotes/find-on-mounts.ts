import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Stats } from 'node:fs';
import { compareUtf8 } from '../../base/byte-order.ts';
import { errnoOf, isCoppiceError } from '../../base/errors.ts';
import { findCollectionRef } from '../../repo/collection-refs.ts';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import { Repo } from '../../repo/repo.ts';
import { collectionRemotes, keyringOf } from './candidate.ts';
import type { Candidate } from './candidate.ts';

const PRIORITY = 50;
const MOUNT_TABLE = '/proc/self/mounts';
/** Where desktops mount what can be taken away. */
const REMOVABLE = /^\/(?:run\/)?media\/./;
/** Types of file systems that lie on no drive. */
const WITHOUT_DRIVE = /^(?:tmpfs|devtmpfs|ramfs|proc|sysfs|overlay|autofs|cgroup2?|nfs4?|cifs|fuse\..*)$/;
const LINKS = '.ostree/repos.d';
const WELL_KNOWN = ['.ostree/repo', 'ostree/repo', 'var/lib/flatpak/repo'] as const;

/** Repositories on mounted drives that have some of the refs of a configured remote's collection, sorted by URL. */
export function findOnMounts(repo: Repo, refs: readonly CollectionRef[]): Candidate[] {
  return removableMounts().flatMap((mount) => findOnMount(mount, repo, refs)).toSorted((a, b) => compareUtf8(a.url, b.url));
}

/** The first repository of a drive that has a ref is the one that is asked for it. */
function findOnMount(mount: string, repo: Repo, refs: readonly CollectionRef[]): Candidate[] {
  let wanted = refs;
  return repositoriesOn(mount, repo).flatMap((found) => {
    const here = wanted.filter((ref) => hasRef(found, ref));
    wanted = wanted.filter((ref) => !here.includes(ref));
    return candidatesOf(found, repo, here);
  });
}

function hasRef(repo: Repo, { collectionId, ref }: CollectionRef): boolean {
  return findCollectionRef(repo, { collectionId, ref }) !== undefined;
}

function removableMounts(): string[] {
  const rows = readFileSync(MOUNT_TABLE, 'utf8').split('\n').map((line) => line.split(' '));
  return rows.flatMap(([, place = '', type = '']) => {
    const path = place.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return REMOVABLE.test(path) && !WITHOUT_DRIVE.test(type) ? [path] : [];
  });
}

/** Each of them once, those of `repos.d` first; what lies on another file system, or is `repo` itself, is none. */
function repositoriesOn(mount: string, repo: Repo): Repo[] {
  const root = statSync(mount);
  const links = namesIn(`${mount}/${LINKS}`).map((name) => `${LINKS}/${name}`);
  const seen = new Set([identityOf(statSync(repo.path))]);
  return [...links, ...WELL_KNOWN].flatMap((place) => {
    const path = `${mount}/${place}`;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || stats.dev !== root.dev || seen.has(identityOf(stats))) return [];
    seen.add(identityOf(stats));
    return openQuietly(path, repo) ?? [];
  });
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted(compareUtf8);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

/** What cannot be opened is no repository. */
function openQuietly(path: string, { engine }: Repo): Repo | undefined {
  try {
    return Repo.open(path, engine);
  } catch (error) {
    if (isCoppiceError(error)) return undefined;
    throw error;
  }
}

/** One for each keyring: refs of a collection that no remote of the config has are nobody's. */
function candidatesOf(found: Repo, repo: Repo, refs: readonly CollectionRef[]): Candidate[] {
  const byKeyring = new Map<string, CollectionRef[]>();
  for (const ref of refs) {
    const remote = collectionRemotes(repo).find(({ collectionId }) => collectionId === ref.collectionId);
    if (remote === undefined) continue;
    const keyring = keyringOf(remote);
    byKeyring.set(keyring, [...(byKeyring.get(keyring) ?? []), ref]);
  }
  const path = realpathSync(found.path);
  const url = pathToFileURL(path).href;
  return [...byKeyring].map(([keyring, mine]) => ({ finder: 'mount' as const, path, url, keyring, priority: PRIORITY, refs: mine }));
}
