import { packNames } from '../../../base/name-list.ts';
import { joinRelative, parseRelativePath } from '../../../base/relative-path.ts';
import type { RelativePath } from '../../../base/relative-path.ts';
import { MAKE } from '../../../engine/engine.ts';
import { failureError } from '../../../repo/failure-error.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import type { WalkSettings } from '../checkout-walk.ts';
import { DirectoryFinisher } from '../directory-finisher.ts';
import { DirmetaCache } from '../dirmeta-cache.ts';
import { FilePlacer } from '../file-placer.ts';
import { PlacedDirectory } from '../placed-directory.ts';
import type { Destination } from './destination.ts';
import { changedEntries, directoryOf, fileOf } from './entry-changes.ts';
import type { EntryChange, TreeDirectory } from './entry-changes.ts';
import { Remover } from './remover.ts';
import type { RemovalSettings } from './remover.ts';
import { removeStaleXattrs } from './stale-xattrs.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

export interface UpdateSettings extends RemovalSettings {
  readonly walk: WalkSettings;
  readonly destination: Destination;
  /** An update may have been killed here. */
  readonly resumes: boolean;
}

export interface UpdateStats {
  filesLinked: number;
  filesCopied: number;
  /** Were there already: left by an update that was cut short. */
  filesKept: number;
  filesRemoved: number;
  directoriesMade: number;
  directoriesRemoved: number;
  /** Not in the new commit, but with something of their own in them. */
  directoriesKept: number;
  bytesCopied: number;
}

/**
 * Turns a checkout of one tree into one of another, whatever part of that is done already.
 *
 * M1 walk both trees where they differ · M2 remove what the new one lacks or has as something else · M3 make its
 * directories · W link or write files under names of their own, renamed into place · M4 a directory whose entries or
 * metadata changed gets the new metadata once everything in it is in place, deepest first.
 */
export class UpdateWalk {
  readonly stats: UpdateStats;
  readonly #context: OperationContext;
  readonly #settings: UpdateSettings;
  readonly #destination: Destination;
  readonly #placer: FilePlacer;
  readonly #finisher: DirectoryFinisher;
  readonly #dirmetas: DirmetaCache;
  readonly #remover: Remover;

  constructor(context: OperationContext, settings: UpdateSettings) {
    const { place, resetMtime, directoryPermissions } = settings.walk;
    this.#context = context;
    this.#settings = settings;
    this.#destination = settings.destination;
    this.#remover = new Remover(context, settings.destination, settings);
    this.#dirmetas = new DirmetaCache(context.repo, directoryPermissions);
    this.#finisher = new DirectoryFinisher(context.engine, { root: place.root, userMode: place.userMode, resetMtime, sync: place.syncEach });
    this.stats = { filesLinked: 0, filesCopied: 0, filesKept: 0, directoriesMade: 0, bytesCopied: 0, ...NONE_REMOVED };
    this.#placer = new FilePlacer(context.pool, {
      place,
      finisher: this.#finisher,
      counts: this.stats,
      throwIfAborted: () => throwIfAborted(context),
      onPlaced: () => this.#tell(),
    });
  }

  async run(before: TreeDirectory, after: TreeDirectory): Promise<void> {
    await this.#placer.complete(() => this.#visit({ path: parseRelativePath(''), parent: undefined, isAbsent: false }, before, after));
    Object.assign(this.stats, this.#remover.stats);
  }

  async #visit(place: Place, before: TreeDirectory | undefined, after: TreeDirectory): Promise<void> {
    throwIfAborted(this.#context);
    const changes = changedEntries(this.#context.repo, before, after).map((change) => this.#locate(place.path, change));
    const isTouched = place.isAbsent || before?.meta !== after.meta || changes.some(changesParent);
    const node = new PlacedDirectory(place.path, place.parent, isTouched ? this.#dirmetas.read(after.meta) : undefined);
    if (isTouched) this.#open(place.path, before, after);
    for (const change of changes) this.#remover.makeWay(place.path, change);
    await this.#placer.add(changes.flatMap((change) => fileOf(change.after) ?? []), node);
    await this.#addDirectories(node, changes);
    this.#finisher.settle(node);
  }

  /** A directory that somebody removed is made again, with what changed in it; by force with all of it. */
  #locate(path: RelativePath, change: EntryChange): LocatedChange {
    const isDirectory = change.before?.kind === 'directory' && change.after?.kind === 'directory';
    return { isAbsent: !isDirectory || this.#destination.lstat(path, change.name)?.isDirectory() !== true, ...change };
  }

  #open(path: RelativePath, before: TreeDirectory | undefined, after: TreeDirectory): void {
    this.#destination.makeWritable(path);
    if (this.#settings.resumes) this.#destination.removeScratch(path);
    if (this.#settings.walk.place.userMode || before === undefined || before.meta === after.meta) return;
    const [old, fresh] = [this.#dirmetas.read(before.meta), this.#dirmetas.read(after.meta)];
    this.#destination.withPath(path, (self) => removeStaleXattrs(this.#context.engine, self, old.xattrs, fresh.xattrs));
  }

  async #addDirectories(node: PlacedDirectory, changes: readonly LocatedChange[]): Promise<void> {
    const wanted = changes.filter(({ after }) => after?.kind === 'directory');
    this.#makeDirectories(node, wanted);
    for (const { name, before, after, isAbsent } of wanted) {
      const directory = directoryOf(after);
      if (directory === undefined) continue;
      node.expect(1);
      const old = isAbsent && this.#settings.force ? undefined : directoryOf(before);
      await this.#visit({ path: joinRelative(node.path, name), parent: node, isAbsent }, old, directory);
    }
  }

  #makeDirectories(node: PlacedDirectory, wanted: readonly LocatedChange[]): void {
    const absent = wanted.filter(({ isAbsent }) => isAbsent);
    if (absent.length === 0) return;
    const { created, failures } = this.#context.engine.makeDirectories({
      root: this.#destination.root,
      directories: packNames(absent.map(({ name }) => joinRelative(node.path, name))),
      mayExist: true,
    });
    const [failure] = failures;
    if (failure !== undefined) throw failureError(failure);
    this.stats.directoriesMade += created.filter((made) => made !== MAKE.existed).length;
  }

  #tell(): void {
    const { filesLinked, filesCopied, filesKept, bytesCopied } = this.stats;
    const filesDone = filesLinked + filesCopied + filesKept + this.#remover.stats.filesRemoved;
    this.#context.progress?.({ phase: 'update', filesDone, bytesDone: bytesCopied });
  }
}

const NONE_REMOVED = { filesRemoved: 0, directoriesRemoved: 0, directoriesKept: 0 };

/** A directory to be visited. */
interface Place {
  readonly path: RelativePath;
  readonly parent: PlacedDirectory | undefined;
  /** Made by this update: it needs all of its metadata. */
  readonly isAbsent: boolean;
}

interface LocatedChange extends EntryChange {
  /** Whether a directory of the new commit has still to be made. */
  readonly isAbsent: boolean;
}

/** A name that comes, goes or is replaced changes its directory's time; what changes in a subdirectory does not. */
function changesParent({ before, after, isAbsent }: LocatedChange): boolean {
  return isAbsent || before?.kind !== 'directory' || after?.kind !== 'directory';
}
