import { checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { packNames } from '../../base/name-list.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import { isRegular } from '../../base/unix-mode.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { MAKE } from '../../engine/engine.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';
import type { Dirtree, DirtreeDirectory, DirtreeFile } from '../../format/object/dirtree.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { failureError } from '../../repo/failure-error.ts';
import { LinkableTrees } from '../../repo/linkable-trees.ts';
import { readDirtreeObject, readFileInfo } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { DirectoryFinisher } from './directory-finisher.ts';
import { DirmetaCache } from './dirmeta-cache.ts';
import { placeDevice } from './place-device.ts';
import { LINK_WEIGHT } from './place-task.ts';
import { FilePlacer } from './file-placer.ts';
import type { PlaceSettings } from './place-batcher.ts';
import { PlacedDirectory } from './placed-directory.ts';
import type { AskedTree } from './placed-directory.ts';
import { Relabeler } from './relabeler.ts';
import type { Relabeling } from './relabeler.ts';
import { sortWhiteouts } from './whiteout.ts';
import type { SortedFiles, WhiteoutWish } from './whiteout.ts';

/** What a directory is taken to cost before it is read. */
const EXPECTED_DIRECTORY_WEIGHT = 16 * LINK_WEIGHT;

/** A directory to be made. */
interface WantedDirectory {
  readonly name: string;
  readonly tree: Checksum;
  readonly meta: Checksum;
}

function asWanted({ name, tree, meta }: DirtreeDirectory): WantedDirectory {
  return { name, tree: checksumFromBytes(tree), meta: checksumFromBytes(meta) };
}

/** Settings of one checkout, all decided. */
export interface WalkSettings extends WhiteoutWish {
  readonly place: PlaceSettings;
  /** Paths from the checked-out root; a directory's ends with a slash, as libostree asks its filter. */
  readonly skip: ReadonlySet<string>;
  /** Bits that a directory's permissions may have; 07777 leaves them. */
  readonly directoryPermissions: number;
  readonly resetMtime: boolean;
  /** Labels that take the place of those of the commit. */
  readonly relabeling?: Relabeling | undefined;
}

/** Whether no entry of the commit has a meaning of its own: what is placed is placed as it is. */
export function isUniform({ whiteouts, passthrough, relabeling }: WalkSettings): boolean {
  return !whiteouts && !passthrough && relabeling === undefined;
}

export interface WalkStats {
  filesLinked: number;
  filesCopied: number;
  filesKept: number;
  directoriesMade: number;
  bytesCopied: number;
}

/**
 * Checks a dirtree out below a root that exists.
 *
 * M1 dirtrees stream depth-first · M2 a directory's subdirectories are made, its files queued · W link or write ·
 * M4 a directory with everything in place gets its metadata, deepest first.
 */
export class CheckoutWalk {
  readonly stats: WalkStats = { filesLinked: 0, filesCopied: 0, filesKept: 0, directoriesMade: 0, bytesCopied: 0 };
  readonly #context: OperationContext;
  readonly #settings: WalkSettings;
  readonly #placer: FilePlacer;
  readonly #finisher: DirectoryFinisher;
  readonly #dirmetas: DirmetaCache;
  readonly #relabeler: Relabeler | undefined;
  readonly #trees: LinkableTrees | undefined;

  constructor(context: OperationContext, settings: WalkSettings) {
    this.#context = context;
    this.#settings = settings;
    const { repo, pool } = context;
    const learns = repo.mode === 'bare-user-only' && settings.place.link !== 'never' && settings.skip.size === 0 && isUniform(settings);
    this.#trees = learns ? LinkableTrees.open(repo, pool.budget.halfChecksums) : undefined;
    this.#dirmetas = new DirmetaCache(context.repo, settings.directoryPermissions);
    const { relabeling, place } = settings;
    this.#relabeler = relabeling === undefined ? undefined : new Relabeler(context.engine, place.root, relabeling);
    const { root, userMode, syncEach: sync, ownRoot } = place;
    this.#finisher = new DirectoryFinisher(context.engine, { root, userMode, resetMtime: settings.resetMtime, sync, ownRoot }, this.#trees);
    this.#placer = new FilePlacer(context.pool, {
      place: settings.place,
      finisher: this.#finisher,
      counts: this.stats,
      trees: this.#trees,
      throwIfAborted: () => this.#throwIfAborted(),
      onPlaced: (batch, result) => {
        this.#relabeler?.files(batch, result);
        this.#tell();
      },
    });
  }

  /** Checks out a whole tree; `created` tells that the root was made for it and gets the commit's metadata. */
  async directory(tree: Checksum, meta: Checksum, created: boolean): Promise<void> {
    const path = parseRelativePath('');
    const root = new PlacedDirectory(path, undefined, created ? this.#dirmeta(meta, path) : undefined, { tree: this.#asked(tree) });
    await this.#placer.complete(() => this.#visit(root, tree, meta));
    if (this.stats.filesLinked > 0) this.#trees?.save(); // where nothing can be linked, as to another disk, nothing is learned
  }

  /** Checks out single files into the root, which keeps its own metadata. */
  async files(files: readonly DirtreeFile[]): Promise<void> {
    const root = new PlacedDirectory(parseRelativePath(''), undefined, undefined);
    await this.#placer.complete(() => this.#addFiles(root, files));
  }

  async #visit(node: PlacedDirectory, tree: Checksum, meta: Checksum): Promise<void> {
    this.#throwIfAborted();
    const dirtree = readDirtreeObject(this.#context.repo, tree);
    const sorted = sortWhiteouts(dirtree.files, this.#settings, (file) => this.#isRegular(file));
    const here = sorted.opaque ? this.#emptied(node, meta) : node;
    this.#applyRemovals(here, sorted);
    await this.#addFiles(here, sorted.files);
    await this.#addDirectories(here, dirtree);
    this.#finisher.settle(here);
    await this.#context.pool.rest();
  }

  /** An opaque directory loses what it had and gets the commit's metadata. */
  #emptied(node: PlacedDirectory, meta: Checksum): PlacedDirectory {
    const path = this.#absolute(node.path);
    removeTree(path, { keepRoot: true });
    return node.meta === undefined ? new PlacedDirectory(node.path, node.parent, this.#dirmeta(meta, node.path)) : node;
  }

  #applyRemovals(node: PlacedDirectory, sorted: SortedFiles): void {
    for (const name of sorted.removals) removeTree(this.#absolute(joinRelative(node.path, name)));
    for (const device of sorted.devices) {
      placeDevice(this.#context, this.#absolute(node.path), device, this.#settings.place);
    }
  }

  #isRegular({ checksum }: DirtreeFile): boolean {
    return isRegular(readFileInfo(this.#context.repo, checksumFromBytes(checksum), { needXattrs: false }).header.mode);
  }

  async #addFiles(node: PlacedDirectory, files: readonly DirtreeFile[]): Promise<void> {
    await this.#placer.add(files.filter(({ name }) => !this.#skips(node.path, name)), node);
  }

  async #addDirectories(node: PlacedDirectory, dirtree: Dirtree): Promise<void> {
    const wanted = this.#wanted(node, dirtree);
    this.#context.pool.expect(wanted.length * EXPECTED_DIRECTORY_WEIGHT);
    const made = this.#makeDirectories(node, wanted);
    for (const [index, { name, tree, meta }] of wanted.entries()) {
      const path = joinRelative(node.path, name);
      const own = made[index] === MAKE.existed ? undefined : this.#dirmeta(meta, path);
      node.expect(1);
      const child = new PlacedDirectory(path, node, own, { tree: this.#asked(tree), hasMode: made[index] === MAKE.madeWithMode });
      await this.#visit(child, tree, meta);
    }
  }

  /** In a loop: what `map` returns for none is another kind of array to V8 than for some. */
  #wanted(node: PlacedDirectory, { directories }: Dirtree): readonly WantedDirectory[] {
    const wanted: WantedDirectory[] = [];
    for (const directory of directories) if (!this.#skips(node.path, `${directory.name}/`)) wanted.push(asWanted(directory));
    return wanted;
  }

  #asked(tree: Checksum): AskedTree | undefined {
    if (this.#trees === undefined) return undefined;
    const checksum = checksumToBytes(tree);
    return { checksum, isKnown: this.#trees.has(checksum) };
  }

  /** What a directory gets that was made for the commit. */
  #dirmeta(checksum: Checksum, path: RelativePath): Dirmeta {
    const meta = this.#dirmetas.read(checksum);
    return this.#relabeler?.directory(meta, path) ?? meta;
  }

  /** A MAKE number each. */
  #makeDirectories(node: PlacedDirectory, wanted: readonly WantedDirectory[]): Uint8Array {
    if (wanted.length === 0) return new Uint8Array(0);
    const { ownRoot, overwrite, root } = this.#settings.place;
    const { created, failures } = this.#context.engine.makeDirectories({
      root,
      directories: packNames(wanted.map(({ name }) => joinRelative(node.path, name))),
      modes: ownRoot === undefined ? undefined : Uint32Array.from(wanted, ({ meta }) => this.#dirmetas.read(meta).mode),
      mayExist: overwrite !== 'none',
      ownRoot,
    });
    const [failure] = failures;
    if (failure !== undefined) throw failureError(failure);
    this.stats.directoriesMade += created.filter((made) => made !== MAKE.existed).length;
    return created;
  }

  #tell(): void {
    const { filesLinked, filesCopied, filesKept, bytesCopied } = this.stats;
    this.#context.progress?.({
      phase: 'checkout',
      filesDone: filesLinked + filesCopied + filesKept,
      bytesDone: bytesCopied,
    });
  }

  #skips(parent: RelativePath, name: string): boolean {
    return this.#settings.skip.size > 0 && this.#settings.skip.has(`/${joinRelative(parent, name)}`);
  }

  #absolute(path: RelativePath): string {
    return path === '' ? this.#settings.place.root : `${this.#settings.place.root}/${path}`;
  }

  #throwIfAborted(): void {
    if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'checkout cancelled');
  }
}
