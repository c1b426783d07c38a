import { join } from 'node:path';
import { CoppiceError, errnoWords } from '../../base/errors.ts';
import { packNames, unpackNames } from '../../base/name-list.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory, isRegular, isSymlink } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DigestAlgorithm, DirectoryListing, Engine, Failure } from '../../engine/engine.ts';
import { writeDirmeta } from '../../format/object/dirmeta.ts';
import { failureError } from '../../repo/failure-error.ts';
import { listingOf } from './side.ts';
import type { Listing, SideDirectory, SideEntry } from './side.ts';

/** How files on disk are seen. */
export interface DiskSettings {
  readonly engine: Engine;
  readonly algorithm: DigestAlgorithm;
  /** Absolute; may be a symlink to a directory. */
  readonly root: string;
  readonly withXattrs: boolean;
  /** Owners that stand for those on disk. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

interface Stat {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly inodeHigh: number;
  readonly inodeLow: number;
}

interface NamedStat extends Stat {
  readonly name: string;
}

/** A directory on disk. One scan answers `meta` and then `list`. */
class DiskDirectory implements SideDirectory {
  readonly path: RelativePath;
  readonly tree = undefined;
  readonly #settings: DiskSettings;
  #scanned: DirectoryListing | undefined;

  constructor(settings: DiskSettings, path: RelativePath) {
    this.#settings = settings;
    this.path = path;
  }

  meta(): Uint8Array {
    const { self, xattrs } = this.#scan();
    const { uid, gid, mode } = this.#statAt(self, 0);
    return this.#settings.engine.digest(this.#settings.algorithm, writeDirmeta({ uid, gid, mode, xattrs }));
  }

  list(): Listing {
    const { names, stats } = this.#scan();
    this.#scanned = undefined;
    const found = unpackNames(names).map((name, index) => ({ name, ...this.#statAt(stats, index) }));
    return listingOf(found.toSorted(byInode).map((entry) => this.#entry(entry)));
  }

  pathOf(name: string): string {
    return joinRelative(this.path, name);
  }

  #entry({ name, uid, gid, mode, sizeBytes }: NamedStat): SideEntry {
    if (isDirectory(mode)) {
      return { kind: 'directory', name, directory: new DiskDirectory(this.#settings, joinRelative(this.path, name)) };
    }
    if (!isRegular(mode) && !isSymlink(mode)) return { kind: 'special', name, identity: `${mode}:${uid}:${gid}` };
    const file = { root: this.#settings.root, directory: this.path, uid, gid, mode, sizeBytes };
    return { kind: 'disk', name, file };
  }

  #statAt(stats: Float64Array, index: number): Stat {
    const field = (column: number): number => stats[index * STAT_FIELDS + column] ?? 0;
    return {
      uid: this.#settings.uid ?? field(STAT.uid),
      gid: this.#settings.gid ?? field(STAT.gid),
      mode: field(STAT.mode),
      sizeBytes: field(STAT.size),
      inodeHigh: field(STAT.inodeHigh),
      inodeLow: field(STAT.inodeLow),
    };
  }

  #scan(): DirectoryListing {
    this.#scanned ??= this.#scanNow();
    return this.#scanned;
  }

  #scanNow(): DirectoryListing {
    const { engine, root, withXattrs } = this.#settings;
    const { listings, failures } = engine.scan({ root, directories: packNames([this.path]), xattrs: withXattrs });
    const [failure] = failures;
    if (failure !== undefined) throw scanError(failure, join(root, this.path));
    const [listing] = listings;
    if (listing === undefined) throw new CoppiceError('INTERNAL', 'a scan of one directory gave no listing');
    return listing;
  }
}

function scanError(failure: Failure, path: string): CoppiceError {
  if (failure.errno === '') return failureError(failure);
  const message = `Error opening directory '${path}': ${errnoWords(failure.errno)}`;
  return new CoppiceError('SYSTEM', message, { facts: { path, errno: failure.errno, syscall: failure.syscall } });
}

/** GIO lists a directory (the first thousand names of it, exactly) in the order of inodes, and so does ostree's diff. */
function byInode(a: Stat, b: Stat): number {
  return a.inodeHigh - b.inodeHigh || a.inodeLow - b.inodeLow;
}

export function diskSide(settings: DiskSettings): SideDirectory {
  return new DiskDirectory(settings, parseRelativePath(''));
}
