import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { packNames, unpackNames } from '../../src/base/name-list.ts';
import { isDirectory, isRegular } from '../../src/base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../src/engine/engine.ts';
import type { DigestAlgorithm, Engine, IngestBatch, IngestResult, PlaceBatch, StoreMode, StoreTarget } from '../../src/engine/engine.ts';

/** Files and directories of a tree in the columns that batches take. */
export interface WalkedTree {
  readonly root: string;
  readonly directories: string;
  readonly directoryIndex: Uint32Array;
  readonly names: string;
  readonly attributes: Uint32Array;
  readonly sizes: Float64Array;
  readonly paths: readonly string[];
}

interface Row {
  readonly directory: number;
  readonly name: string;
  readonly path: string;
  readonly attributes: readonly [number, number, number];
  readonly size: number;
}

/** Walks with the engine itself, breadth first. */
export function walkTree(engine: Engine, root: string): WalkedTree {
  const directories = [''];
  const rows: Row[] = [];
  for (let at = 0; at < directories.length; at++) rows.push(...scanOne(engine, root, directories, at));
  return {
    root,
    directories: packNames(directories),
    directoryIndex: Uint32Array.from(rows, (row) => row.directory),
    names: packNames(rows.map((row) => row.name)),
    attributes: Uint32Array.from(rows.flatMap((row) => row.attributes)),
    sizes: Float64Array.from(rows, (row) => row.size),
    paths: rows.map((row) => row.path),
  };
}

function scanOne(engine: Engine, root: string, directories: string[], at: number): Row[] {
  const parent = directories[at] ?? '';
  const { listings, failures } = engine.scan({ root, directories: packNames([parent]), xattrs: false });
  expect(failures).toEqual([]);
  const { names, stats } = listings[0]!;
  return unpackNames(names).flatMap((name, index): Row[] => {
    const field = (which: number): number => stats[index * STAT_FIELDS + which] ?? 0;
    const path = parent === '' ? name : `${parent}/${name}`;
    const mode = field(STAT.mode);
    if (isDirectory(mode)) directories.push(path);
    if (isDirectory(mode)) return [];
    return [{ directory: at, name, path, attributes: [field(STAT.uid), field(STAT.gid), mode], size: field(STAT.size) }];
  });
}

/** Owners and modes as bare-user-only can keep them. */
export function canonical(tree: WalkedTree): WalkedTree {
  const attributes = tree.attributes.map((value, at) => {
    if (at % 3 !== 2) return 0;
    return isRegular(value) ? value & 0o170755 : value;
  });
  return { ...tree, attributes };
}

/** An empty repository as engines see it. */
export interface Store {
  readonly path: string;
  readonly target: StoreTarget;
}

export interface StoreOptions {
  readonly visible?: boolean;
  readonly algorithm?: DigestAlgorithm;
}

export function makeStore(path: string, mode: StoreMode, options: StoreOptions = {}): Store {
  for (const name of ['objects', 'staging', 'tmp']) mkdirSync(join(path, name), { recursive: true });
  const visible = options.visible ?? true;
  const target: StoreTarget = {
    mode,
    algorithm: options.algorithm ?? 'sha256',
    objects: [join(path, 'objects')],
    destination: join(path, visible ? 'objects' : 'staging'),
    visible,
    tmp: join(path, 'tmp'),
    zlibLevel: 6,
    syncEach: false,
  };
  return { path, target };
}

export function ingestTree(engine: Engine, tree: WalkedTree, { target }: Store, more: Partial<IngestBatch> = {}): IngestResult {
  const fitting = target.mode === 'bare-user-only' ? canonical(tree) : tree;
  return engine.ingest({ ...fitting, xattrs: 'none', action: 'store', consume: false, target, ...more });
}

export function publishAll(engine: Engine, { path }: Store): void {
  const staging = join(path, 'staging');
  const { failures } = engine.publish({ staging, objects: join(path, 'objects'), prefixes: packNames(readdirSync(staging)), sync: true });
  expect(failures).toEqual([]);
}

/** A checkout of everything that was ingested; directories are made. */
export function placeBatch(tree: WalkedTree, { target }: Store, checksums: Uint8Array, root: string): PlaceBatch {
  const { mode, algorithm, objects } = target;
  return {
    source: { mode, algorithm, objects },
    root,
    directories: tree.directories,
    directoryIndex: tree.directoryIndex,
    names: tree.names,
    checksums,
    userMode: false,
    link: 'try',
    overwrite: 'none',
    copyZeroSized: true,
    syncEach: false,
    cache: '',
  };
}

export function makeAllDirectories(engine: Engine, tree: WalkedTree, root: string): void {
  const { failures } = engine.makeDirectories({ root, directories: tree.directories, mayExist: false });
  expect(failures).toEqual([]);
}

/** Modes that an engine can write content in. */
export function writableModes(engine: Engine): readonly StoreMode[] {
  return engine.capabilities.xattrs ? ['bare', 'bare-user', 'bare-user-only', 'archive'] : ['bare', 'bare-user-only', 'archive'];
}

export function hexOf(checksums: Uint8Array, index: number): string {
  return Buffer.from(checksums.subarray(index * 32, index * 32 + 32)).toString('hex');
}

/** Path of a content object below `objects`. */
export function contentPath(mode: StoreMode, hex: string): string {
  return `${hex.slice(0, 2)}/${hex.slice(2)}.${mode === 'archive' ? 'filez' : 'file'}`;
}
