import { CoppiceError } from '../../../base/errors.ts';
import type { RelativePath } from '../../../base/relative-path.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../base/unix-mode.ts';
import { writeDirmeta } from '../../../format/object/dirmeta.ts';
import { replaceXattrs, writeXattrs } from '../../../format/object/xattrs.ts';
import type { Xattr } from '../../../format/object/xattrs.ts';
import type { TarEntry } from '../../../format/tar/tar-entry.ts';
import { decodeUtf8 } from '../../../format/utf8.ts';
import type { CommitModifier } from '../modifier.ts';
import type { ContentBatch, ContentBatcher, Member } from './content-batcher.ts';
import { findInTar } from './trees-below.ts';
import type { Standing, TreesBelow } from './trees-below.ts';
import { placeEntry } from './tar-path.ts';
import type { TranslatePath } from './tar-path.ts';
import { emptyTarTree, findTarDirectory, TarDirectory } from './tar-tree.ts';
import type { TarTree } from './tar-tree.ts';

export interface TarRules {
  readonly modifier: CommitModifier;
  readonly keepsXattrs: boolean;
  /** Makes directories that the archive does not tell of. */
  readonly createsParents: boolean;
  readonly translatePath: TranslatePath | undefined;
}

export interface ImportContext {
  readonly rules: TarRules;
  readonly below: TreesBelow;
  readonly batcher: ContentBatcher;
  /** Stores a dirmeta object and names it. */
  readonly storeMeta: (bytes: Uint8Array) => Uint8Array;
}

const PARENT_MODE = S_IFDIR | 0o755;

/** Where an entry stands. */
interface Place {
  readonly path: RelativePath;
  readonly directory: TarDirectory;
  readonly parentPath: RelativePath;
  readonly name: string;
}

/** A hardlink: made when the archive has ended, whatever came first. */
interface Link {
  readonly place: Place;
  readonly target: RelativePath;
}

/** Turns the entries of one archive into a tree, by the rules of `ostree commit --tree=tar=`. */
export class TarImporter {
  readonly tree: TarTree = emptyTarTree();
  readonly #context: ImportContext;
  readonly #links: Link[] = [];
  /** Contents that came with a hardlink: what it names gets them too. */
  readonly #linkContents: { readonly slot: number; readonly target: RelativePath }[] = [];
  /** The content that is coming. */
  #pending: Member | undefined;

  constructor(context: ImportContext) {
    this.#context = context;
  }

  /** Whether the content of an entry is awaited. */
  get isWriting(): boolean {
    return this.#pending !== undefined;
  }

  /** Takes an entry; a batch that has no room for its content comes back. */
  enter(entry: TarEntry): ContentBatch | undefined {
    const path = this.#placeOf(entry);
    const [parentPath, name] = splitPath(path);
    if (this.#context.rules.modifier.skips(parentPath, name)) return undefined;
    if (path === '' && entry.kind === 'directory') return this.#enterRoot(entry);
    if (path === '') throw new CoppiceError('PATH_INVALID', 'ostree-tar: Failed to handle file: empty file name');
    const place = { path, parentPath, name, directory: this.#parentOf(path, entry) };
    if (entry.kind === 'directory') return this.#enterDirectory(entry, place);
    if (entry.kind === 'hardlink') return this.#enterLink(entry, place);
    return this.#enterFile(entry, place);
  }

  data(offset: number, bytes: Uint8Array): void {
    if (this.#pending !== undefined) this.#context.batcher.write(offset, bytes);
  }

  /** The entry is whole. */
  leave(): ContentBatch | undefined {
    const member = this.#pending;
    this.#pending = undefined;
    return member === undefined ? undefined : this.#context.batcher.end(member);
  }

  /** The archive has ended and all its content is stored: hardlinks find their files. */
  finish(): void {
    if (this.#context.rules.createsParents) this.#ensureRoot();
    for (const content of this.#linkContents) this.#settleContent(content);
    let waiting = this.#links;
    while (waiting.length > 0) {
      const left = waiting.filter((link) => !this.#settleLink(link));
      if (left.length === waiting.length) throw this.#lost(left[0]?.target ?? '');
      waiting = left;
    }
  }

  #placeOf({ path, kind }: TarEntry): RelativePath {
    const what = kind === 'directory' ? 'directory' : 'file: ostree-tar: Failed to import file';
    return placeEntry(decodePath(path, `ostree-tar: Failed to handle ${what}: `), this.#context.rules.translatePath);
  }

  #enterRoot(entry: TarEntry): undefined {
    this.tree.root.meta = this.#meta(entry, '' as RelativePath, '');
  }

  #enterDirectory(entry: TarEntry, { path, parentPath, name, directory }: Place): undefined {
    if (this.#find(path)?.kind === 'file') {
      throw conflict(`ostree-tar: Failed to handle directory: Can't replace file with directory: ${name}`);
    }
    const child = directory.directories.get(name) ?? new TarDirectory();
    directory.directories.set(name, child);
    child.meta = this.#meta(entry, parentPath, name);
  }

  #meta({ uid, gid, mode, xattrs }: TarEntry, parentPath: RelativePath, name: string): Uint8Array {
    const attributes = this.#context.rules.modifier.apply(parentPath, name, { uid, gid, mode: S_IFDIR | mode });
    const added = this.#context.rules.modifier.addedXattrs(parentPath, name, attributes.mode);
    return this.#context.storeMeta(writeDirmeta({ xattrs: this.#xattrs(xattrs, added), ...attributes }));
  }

  #enterFile(entry: TarEntry, place: Place): ContentBatch | undefined {
    const { path, parentPath, name, directory } = place;
    if (entry.kind === 'unsupported') {
      throw new CoppiceError('FILE_TYPE_UNSUPPORTED', `Unsupported file type for path "${path}"`, { facts: { path } });
    }
    if (this.#find(path)?.kind === 'directory') throw cannotReplace(name);
    const mode = (entry.kind === 'symlink' ? S_IFLNK : S_IFREG) | entry.mode;
    const attributes = this.#context.rules.modifier.apply(parentPath, name, { uid: entry.uid, gid: entry.gid, mode });
    const slot = this.tree.checksums.reserve();
    directory.files.set(name, slot);
    const sizeBytes = entry.kind === 'symlink' ? entry.linkPath.length : entry.sizeBytes;
    const added = this.#context.rules.modifier.addedXattrs(parentPath, name, attributes.mode);
    this.#pending = { path, sizeBytes, slot, xattrs: this.#xattrs(entry.xattrs, added), ...attributes };
    const full = this.#context.batcher.begin(sizeBytes, true);
    if (entry.kind === 'symlink') this.#context.batcher.write(0, entry.linkPath);
    return full;
  }

  #enterLink(entry: TarEntry, place: Place): ContentBatch | undefined {
    const target = placeEntry(decodePath(entry.linkPath, ''), this.#context.rules.translatePath);
    if (entry.sizeBytes > 0) {
      const full = this.#enterFile(entry, place);
      this.#linkContents.push({ slot: this.#pending?.slot ?? 0, target });
      return full;
    }
    this.#context.rules.modifier.apply(place.parentPath, place.name, { uid: entry.uid, gid: entry.gid, mode: S_IFREG });
    if (target !== place.path || this.#find(target) === undefined) this.#links.push({ place, target });
    return undefined;
  }

  #settleContent({ slot, target }: { readonly slot: number; readonly target: RelativePath }): void {
    const [parentPath, name] = splitPath(target);
    const directory = findTarDirectory(this.tree.root, parentPath === '' ? [] : parentPath.split('/'));
    if (directory === undefined || directory.directories.has(name)) throw this.#lost(target);
    directory.files.set(name, slot);
  }

  /** The directory that holds `path`; PATH_NOT_FOUND unless it is there or may be made. */
  #parentOf(path: RelativePath, { uid, gid }: TarEntry): TarDirectory {
    const parts = path.split('/').slice(0, -1);
    const missing = parts.find((_, index) => this.#findParts(parts.slice(0, index + 1))?.kind !== 'directory');
    if (!this.#context.rules.createsParents && missing !== undefined) throw notFound(missing);
    // as in ostree, making one directory gives all above it the same owner
    const tell = (directory: TarDirectory, above: readonly string[]): void => {
      if (missing !== undefined) directory.meta = this.#parentMeta(above, { uid, gid });
    };
    let node = this.tree.root;
    tell(node, []);
    for (const [index, part] of parts.entries()) {
      const above = parts.slice(0, index + 1);
      node = this.#openParent(node, part, this.#findParts(above));
      tell(node, above);
    }
    return node;
  }

  #openParent(node: TarDirectory, name: string, standing: Standing | undefined): TarDirectory {
    if (standing?.kind === 'file') throw conflict(`Can't replace file with directory: ${name}`);
    const child = node.directories.get(name) ?? new TarDirectory();
    node.directories.set(name, child);
    return child;
  }

  #parentMeta(parts: readonly string[], owner: { readonly uid: number; readonly gid: number }): Uint8Array {
    const xattrs = this.#context.rules.modifier.addedXattrs(parts.join('/') as RelativePath, '', PARENT_MODE);
    return this.#context.storeMeta(writeDirmeta({ ...owner, mode: PARENT_MODE, xattrs }));
  }

  #ensureRoot(): void {
    if (this.tree.root.meta !== undefined || this.#context.below.find([]) !== undefined) return;
    const { uid, gid } = this.#context.rules.modifier.apply('' as RelativePath, '', { uid: 0, gid: 0, mode: PARENT_MODE });
    this.tree.root.meta = this.#parentMeta([], { uid, gid });
  }

  #find(path: RelativePath): Standing | undefined {
    return this.#findParts(path.split('/'));
  }

  #findParts(parts: readonly string[]): Standing | undefined {
    return findInTar(this.tree, parts) ?? this.#context.below.find(parts);
  }

  /** False where the target is not there (yet: it may be a link itself). */
  #settleLink({ place, target }: Link): boolean {
    const found = this.#find(target);
    if (found === undefined) return false;
    const where = `ostree-tar: Processing deferred hardlink ${target}: `;
    if (found.kind === 'directory') {
      throw conflict(`${where}Failed to find object: Expected hardlink file target at "${target}" but found a directory`);
    }
    if (this.#find(place.path)?.kind === 'directory') {
      throw conflict(`${where}Failed to replace file: Can't replace directory with file: ${place.name}`);
    }
    if (found.checksum === undefined) {
      throw new CoppiceError('NOT_IMPLEMENTED', `${where}it is a file of --tree=dir=, which hardlinks of an archive cannot name yet`);
    }
    const slot = this.tree.checksums.reserve();
    this.tree.checksums.set(slot, found.checksum);
    place.directory.files.set(place.name, slot);
    return true;
  }

  #lost(target: string): CoppiceError {
    const parts = target.split('/');
    const missing = parts.find((_, index) => this.#find(parts.slice(0, index + 1).join('/') as RelativePath)?.kind !== 'directory');
    return notFound(missing ?? '', `ostree-tar: Processing deferred hardlink ${target}: Failed to find object: `);
  }

  /** Sorted; of a name that comes twice the last value counts. */
  #xattrs(list: readonly Xattr[], added: Uint8Array): Uint8Array {
    if (list.length === 0 || !this.#context.rules.keepsXattrs) return added;
    return replaceXattrs(writeXattrs([...new Map(list.map((xattr) => [xattr.name, xattr])).values()]), added);
  }
}

function splitPath(path: RelativePath): [RelativePath, string] {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['' as RelativePath, path] : [path.slice(0, slash) as RelativePath, path.slice(slash + 1)];
}

function decodePath(bytes: Buffer, prefix: string): string {
  try {
    return decodeUtf8(bytes, 'path');
  } catch (error) {
    throw new CoppiceError('PATH_INVALID', `${prefix}Invalid UTF-8 in filename ${bytes.toString().replace(/\/+$/, '')}`, { cause: error });
  }
}

function conflict(message: string): CoppiceError {
  return new CoppiceError('PATH_EXISTS', message);
}

function cannotReplace(name: string): CoppiceError {
  return conflict(`ostree-tar: Failed to handle file: ostree-tar: Failed to import file: Can't replace directory with file: ${name}`);
}

function notFound(name: string, prefix = ''): CoppiceError {
  return new CoppiceError('PATH_NOT_FOUND', `${prefix}No such file or directory: ${name}`, { facts: { path: name } });
}
