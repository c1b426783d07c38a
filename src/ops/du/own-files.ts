import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { CoppiceError } from '../../base/errors.ts';
import { packNames, unpackNames } from '../../base/name-list.ts';
import { isDirectory, isRegular } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing, Engine } from '../../engine/engine.ts';
import { inodeOf } from '../../engine/inode-of.ts';
import type { LinkedInodes } from './linked-inodes.ts';

/** Regular files of a deployment that are no objects of the repository: its `/etc`, what was changed and what was added. */
export interface OwnFiles {
  /** Links to one file count once, and empty files not at all: libostree copies those, whoever they come from. */
  readonly files: number;
  /** What they hold, as `ls -l` tells it. */
  readonly bytes: number;
  /** Directories that could not be read and are not counted, nor what is below them. */
  readonly unreadDirectories: number;
}

/** What the walk needs to know. */
export interface OwnFilesContext {
  readonly engine: Engine;
  readonly objects: LinkedInodes;
  readonly signal?: AbortSignal | undefined;
}

const DIRECTORIES_PER_BATCH = 32;

/**
 * Counts the own files in the directory `path` below `home`. No symlink below `home` is followed, and no other file system
 * entered. Memory is the directories that wait to be read, and the own files that have several links.
 */
export async function countOwnFiles(context: OwnFilesContext, home: string, path: string): Promise<OwnFiles> {
  const walk = new OwnFilesWalk(context, home, path);
  return walk.run();
}

class OwnFilesWalk {
  readonly #context: OwnFilesContext;
  readonly #home: string;
  readonly #waiting: string[];
  /** Where the deployment itself lies; undefined until it was read. */
  #device: number | undefined;
  readonly #linked = new Set<bigint>();
  #files = 0;
  #bytes = 0;
  #unread = 0;

  constructor(context: OwnFilesContext, home: string, path: string) {
    this.#context = context;
    this.#home = home;
    this.#waiting = [path];
  }

  async run(): Promise<OwnFiles> {
    while (this.#waiting.length > 0) {
      if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'reading deployments cancelled');
      this.#readSome(this.#waiting.splice(-DIRECTORIES_PER_BATCH));
      await eventLoopTurn();
    }
    return { files: this.#files, bytes: this.#bytes, unreadDirectories: this.#unread };
  }

  #readSome(paths: readonly string[]): void {
    const { listings, failures } = this.#context.engine.scan({ root: this.#home, directories: packNames(paths), xattrs: false });
    this.#unread += failures.length;
    for (const [index, listing] of listings.entries()) this.#count(paths[index] ?? '', listing);
  }

  #count(path: string, { names, self, stats }: DirectoryListing): void {
    this.#device ??= self[STAT.device];
    for (const [index, name] of unpackNames(names).entries()) {
      const field = (column: number): number => stats[index * STAT_FIELDS + column] ?? 0;
      const mode = field(STAT.mode);
      if (isDirectory(mode) && field(STAT.device) === this.#device) this.#waiting.push(`${path}/${name}`);
      if (isRegular(mode) && field(STAT.size) > 0 && this.#isOwn(stats, index)) {
        this.#files += 1;
        this.#bytes += field(STAT.size);
      }
    }
  }

  /** False for the second link to an own file. */
  #isOwn(stats: Float64Array, index: number): boolean {
    if (stats[index * STAT_FIELDS + STAT.links] === 1) return true;
    if (this.#context.objects.has(stats, index)) return false;
    const inode = inodeOf(stats, index);
    return !this.#linked.has(inode) && this.#linked.add(inode).size > 0;
  }
}
