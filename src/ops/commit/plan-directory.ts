import { compareUtf8 } from '../../base/byte-order.ts';
import { checksumFromBytes } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import { joinRelative } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing, Engine } from '../../engine/engine.ts';
import type { Attributes } from '../../engine/uniform-modifier.ts';
import { writeDirmeta } from '../../format/object/dirmeta.ts';
import { readDirmetaObject, readDirtreeObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { CommitIndex } from './commit-index.ts';
import type { DevinoCache } from './devino-cache.ts';
import { sourcePath } from './ingest-batcher.ts';
import type { DirectoryEntry, DirectoryPlan, FileEntry, FilesLayer, Layer, TarLayer, TreeLayer } from './layer.ts';
import { isCommittable } from './modifier.ts';
import type { CommitModifier } from './modifier.ts';
import { isUnchanged } from './observation.ts';
import { planObject } from './plan-object.ts';
import { scanDirectories } from './scan-directories.ts';

export interface PlanContext {
  readonly repo: Repo;
  readonly engine: Engine;
  readonly modifier: CommitModifier;
  /**
   * What a hardlink into the repository is: a file like others, the object itself, or the object's content with the owner,
   * mode and xattrs that the object has (a modifier changes those).
   */
  readonly hardlinks: 'read' | 'take' | 'ask';
  /** The objects by inode, for a walk that does not just read hardlinks. */
  readonly devino?: DevinoCache | undefined;
  readonly index: CommitIndex | undefined;
}

/** A directory that has been listed already. */
export interface Listed {
  readonly listing: DirectoryListing;
  /** What the stat index remembers of it, where that has been looked up. */
  readonly record?: DirectoryRecord;
}

/**
 * Lists what the layers at `path` make together: files and directories by name, and whose dirmeta counts. `listed` is
 * given where the only layer has been listed already.
 */
export function planDirectory(
  context: PlanContext,
  path: RelativePath,
  layers: readonly Layer[],
  listed?: Listed,
): DirectoryPlan {
  const plans = layers.map((layer) => planLayer(context, path, layer, listed));
  const [only] = plans;
  if (only === undefined) throw new CoppiceError('INTERNAL', `no layer at "${path}"`);
  return plans.length === 1 ? only : mergePlans(plans);
}

function planLayer(
  context: PlanContext,
  path: RelativePath,
  layer: Layer,
  listed: Listed | undefined,
): DirectoryPlan {
  if (layer.kind === 'files') return planFiles(context, path, layer, listed ?? { listing: scanOne(context, layer) });
  return layer.kind === 'tree' ? planTree(context, path, layer) : planTar(layer);
}

function planFiles(context: PlanContext, path: RelativePath, layer: FilesLayer, listed: Listed): DirectoryPlan {
  const { index } = context;
  const { listing, record = index?.recordOf(path) } = listed;
  const unchanged = record !== undefined && canStay(context, record, listing) ? record : undefined;
  if (unchanged !== undefined && index?.verifies === false) return planUnchanged(layer, unchanged);
  const known = index?.contentOf(listing, record);
  const files: FileEntry[] = [];
  const directories: DirectoryEntry[] = [];
  const leftOut: string[] = [];
  const [fileRows, directoryRows]: [number[], number[]] = [[], []];
  for (const [row, name] of unpackNames(listing.names).entries()) {
    if (context.modifier.skips(path, name)) {
      leftOut.push(`${layer.root}/${joinRelative(layer.path, name)}`);
      continue;
    }
    const mode = statField(listing.stats, row, 'mode');
    if (isDirectory(mode)) {
      directories.push(directoryBelow(layer, name));
      directoryRows.push(row);
    } else {
      files.push(planFile(context, path, layer, { listing, row, name, mode, known: known?.(row) }));
      fileRows.push(row);
    }
  }
  const observation = index?.observation({ listing, fileRows, directoryRows });
  const meta = { bytes: planMeta(context, path, listing) };
  return { unchanged: undefined, claim: unchanged, observation, meta, files, leftOut, directories };
}

/** Whether the record can stand for the directory, as far as its subdirectories are what they were. */
function canStay(context: PlanContext, record: DirectoryRecord, listing: DirectoryListing): boolean {
  return context.index?.isComplete === true && !context.modifier.usesPaths && isUnchanged(listing, record);
}

/** Nothing here has changed; what lies below may have. */
function planUnchanged(layer: FilesLayer, record: DirectoryRecord): DirectoryPlan {
  const names = record.metas.length === 0 ? [] : unpackNames(record.names);
  const directories = names
    .filter((_, row) => isDirectory(statField(record.stats, row, 'mode')))
    .map((name) => directoryBelow(layer, name));
  return { unchanged: record, observation: undefined, meta: { checksum: record.meta }, files: [], leftOut: [], directories };
}

function directoryBelow(layer: FilesLayer, name: string): DirectoryEntry {
  return { name, layers: [{ kind: 'files', root: layer.root, path: joinRelative(layer.path, name) }] };
}

interface Found {
  readonly listing: DirectoryListing;
  readonly row: number;
  readonly name: string;
  readonly mode: number;
  /** The checksum that the stat index vouches for. */
  readonly known: Uint8Array | undefined;
}

function planFile(context: PlanContext, path: RelativePath, layer: FilesLayer, found: Found): FileEntry {
  const { listing, row, name, mode, known } = found;
  if (!isCommittable(mode)) throw unsupportedType(layer, joinRelative(layer.path, name));
  const hardlink = context.devino?.lookup(listing.stats, row);
  if (hardlink !== undefined && context.hardlinks === 'take') return takeKnown(context, path, { name, checksum: hardlink, by: 'hardlink' });
  const verifies = context.index?.verifies === true;
  if (known !== undefined && !verifies) return takeKnown(context, path, { name, checksum: known, by: 'index' });
  if (hardlink !== undefined) {
    const by = context.modifier.keepsXattrs ? 'hardlink' : 'commit'; // how ostree counts them
    return planObject(context, path, { name, checksum: hardlink, by });
  }
  const { uid, gid, mode: committedMode } = context.modifier.apply(path, name, attributesAt(listing.stats, row));
  const isTrusted = context.index?.trusts(statField(listing.stats, row, 'device'), layer, name) === true;
  return {
    kind: 'ingest', name, from: layer, uid, gid, mode: committedMode,
    sizeBytes: statField(listing.stats, row, 'size'),
    witness: isTrusted ? listing.stats : undefined,
    row,
    claim: isTrusted && verifies ? known : undefined,
    addedXattrs: context.modifier.addedXattrs(path, name, committedMode),
  };
}

/** The error for what cannot be committed, in the words of `ostree`. */
export function unsupportedType({ root }: FilesLayer, path: string): CoppiceError {
  return new CoppiceError('FILE_TYPE_UNSUPPORTED', `Not a regular file or symlink: ${path}`, { facts: { path: `${root}/${path}` } });
}

/** A file whose attributes are not computed: rules that name it have met it all the same. */
function takeKnown(
  { modifier }: PlanContext,
  path: RelativePath,
  known: { readonly name: string; readonly checksum: Uint8Array; readonly by: 'hardlink' | 'index' },
): FileEntry {
  modifier.meets(path, known.name);
  return { kind: 'known', ...known };
}

/** The dirmeta of a directory on disk. */
export function planMeta(context: PlanContext, path: RelativePath, listing: DirectoryListing): Uint8Array {
  const attributes = context.modifier.applyToDirectory(path, attributesAt(listing.self, 0));
  const xattrs = context.modifier.xattrs(path, '', { mode: attributes.mode, xattrs: listing.xattrs });
  return writeDirmeta({ xattrs, ...attributes });
}

function scanOne(context: PlanContext, layer: FilesLayer): DirectoryListing {
  const [listed] = scanDirectories(context.engine, [layer], context.modifier.keepsXattrs);
  if (listed === undefined) throw new CoppiceError('INTERNAL', `no listing of "${layer.root}/${layer.path}"`);
  return listed;
}

function attributesAt(stats: Float64Array, index: number): Attributes {
  return { uid: statField(stats, index, 'uid'), gid: statField(stats, index, 'gid'), mode: statField(stats, index, 'mode') };
}

/** One field of the entry in a row. */
export function statField(stats: Float64Array, index: number, field: keyof typeof STAT): number {
  return stats[index * STAT_FIELDS + STAT[field]] ?? 0;
}

function planTree(context: PlanContext, path: RelativePath, layer: TreeLayer): DirectoryPlan {
  const { modified } = layer;
  const dirtree = readDirtreeObject(context.repo, checksumFromBytes(layer.tree));
  const keeps = ({ name }: { readonly name: string }): boolean => !modified || !context.modifier.skips(path, name);
  const files = dirtree.files.filter(keeps).map(({ name, checksum }): FileEntry =>
    modified ? planObject(context, path, { name, checksum, by: 'commit' }) : { kind: 'known', name, checksum, by: 'commit' },
  );
  const directories = dirtree.directories
    .filter(keeps)
    .map(({ name, tree, meta }): DirectoryEntry => ({ name, layers: [{ kind: 'tree', tree, meta, modified }] }));
  const meta = modified ? { bytes: planTreeMeta(context, path, layer.meta) } : { checksum: layer.meta };
  return { unchanged: undefined, observation: undefined, meta, files, leftOut: [], directories };
}

function planTreeMeta(context: PlanContext, path: RelativePath, checksum: Uint8Array): Uint8Array {
  const dirmeta = readDirmetaObject(context.repo, checksumFromBytes(checksum));
  const xattrs = context.modifier.xattrs(path, '', dirmeta);
  return writeDirmeta({ ...context.modifier.applyToDirectory(path, dirmeta), xattrs });
}

function planTar({ tree: { root, checksums } }: TarLayer): DirectoryPlan {
  const files = [...root.files].map(([name, slot]): FileEntry => ({ kind: 'known', name, checksum: checksums.get(slot), by: 'tar' }));
  const directories = [...root.directories].map(([name, directory]): DirectoryEntry => ({
    name,
    layers: [{ kind: 'tar', tree: { root: directory, checksums } }],
  }));
  return {
    unchanged: undefined,
    observation: undefined,
    meta: root.meta === undefined ? 'elsewhere' : { checksum: root.meta },
    files: files.toSorted(byName),
    leftOut: [],
    directories: directories.toSorted(byName),
  };
}

/** Lays plans over each other: files replace files, directories merge, the last dirmeta counts. */
function mergePlans(plans: readonly DirectoryPlan[]): DirectoryPlan {
  const files = new Map<string, FileEntry>();
  const directories = new Map<string, Layer[]>();
  const leftOut: string[] = [];
  let meta: DirectoryPlan['meta'] = 'elsewhere';
  for (const plan of plans) {
    if (plan.meta !== 'elsewhere') meta = plan.meta;
    leftOut.push(...plan.leftOut);
    for (const file of plan.files) {
      if (directories.has(file.name)) throw conflict(`Can't replace directory with file: ${file.name}`);
      const earlier = files.get(file.name);
      if (earlier?.kind === 'ingest') leftOut.push(sourcePath(earlier));
      files.set(file.name, file);
    }
    for (const { name, layers } of plan.directories) {
      if (files.has(name)) throw conflict(`Can't replace file with directory: ${name}`);
      directories.set(name, [...(directories.get(name) ?? []), ...layers]);
    }
  }
  return {
    unchanged: undefined,
    observation: undefined,
    meta,
    files: [...files.values()].toSorted(byName),
    leftOut,
    directories: [...directories].map(([name, layers]) => ({ name, layers })).toSorted(byName),
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareUtf8(a.name, b.name);
}

function conflict(message: string): CoppiceError {
  return new CoppiceError('PATH_EXISTS', message);
}
