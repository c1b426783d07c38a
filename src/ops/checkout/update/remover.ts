import { CoppiceError } from '../../../base/errors.ts';
import { joinRelative } from '../../../base/relative-path.ts';
import type { RelativePath } from '../../../base/relative-path.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import type { Destination } from './destination.ts';
import { changedEntries } from './entry-changes.ts';
import type { EntryChange, TreeDirectory } from './entry-changes.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

export interface RemovalStats {
  filesRemoved: number;
  directoriesRemoved: number;
  directoriesKept: number;
}

export interface RemovalSettings {
  /** Removes local changes that are in the way. */
  readonly force: boolean;
  /** Told of a directory that stays because somebody has put something in it. */
  readonly onKept: (path: RelativePath) => void;
}

/** Takes away what the old commit had and the new one has not, or has as something else. */
export class Remover {
  readonly stats: RemovalStats = { filesRemoved: 0, directoriesRemoved: 0, directoriesKept: 0 };
  readonly #context: OperationContext;
  readonly #destination: Destination;
  readonly #settings: RemovalSettings;

  constructor(context: OperationContext, destination: Destination, settings: RemovalSettings) {
    this.#context = context;
    this.#destination = destination;
    this.#settings = settings;
  }

  /**
   * Clears the name for what the new commit has there. A file that another file replaces stays until then. What an
   * update cut short has made already stays. Without force nothing goes that the old commit did not have.
   */
  makeWay(path: RelativePath, { name, before, after }: EntryChange): void {
    if (before === undefined && !this.#settings.force) return;
    if (before?.kind === after?.kind && !this.#settings.force) return;
    const there = this.#destination.lstat(path, name);
    if (there === undefined) return;
    if (there.isDirectory()) this.#clearDirectory(path, { name, before, after });
    else this.#clearFile(path, { name, before, after });
  }

  #clearFile(path: RelativePath, { name, before, after }: EntryChange): void {
    if (after?.kind === 'file') return;
    if (before?.kind !== 'file' && !this.#settings.force) throw inTheWay(this.#destination, joinRelative(path, name));
    this.#destination.unlink(path, name);
    this.stats.filesRemoved += 1;
  }

  #clearDirectory(path: RelativePath, { name, before, after }: EntryChange): void {
    if (after?.kind === 'directory') return;
    if (before?.kind === 'directory' && !(this.#settings.force && after !== undefined)) {
      const isGone = this.#removeKnown(path, before);
      if (isGone || after === undefined) return;
    }
    if (!this.#settings.force) throw inTheWay(this.#destination, joinRelative(path, name));
    this.#destination.removeAll(path, name);
    this.stats.directoriesRemoved += 1;
  }

  /** Removes a directory of the old commit with what that had in it; false when something else is in it too. */
  #removeKnown(parent: RelativePath, directory: TreeDirectory): boolean {
    throwIfAborted(this.#context);
    const path = joinRelative(parent, directory.name);
    const keptBefore = this.stats.directoriesKept;
    this.#destination.makeWritable(path);
    for (const change of changedEntries(this.#context.repo, directory, undefined)) this.makeWay(path, change);
    const isGone = this.#destination.removeEmpty(parent, directory.name);
    if (isGone) this.stats.directoriesRemoved += 1;
    else if (this.stats.directoriesKept === keptBefore) this.#keep(path);
    return isGone;
  }

  #keep(path: RelativePath): void {
    this.stats.directoriesKept += 1;
    this.#settings.onKept(path);
  }
}

/** Came after the check for local changes. */
function inTheWay({ root }: Destination, path: RelativePath): CoppiceError {
  const full = `${root}/${path}`;
  return new CoppiceError('PATH_EXISTS', `"${full}" appeared during the update`, { facts: { path: full } });
}
