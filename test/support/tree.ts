import { closeSync, ftruncateSync, linkSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { applyWishes } from './inodes.ts';
import type { InodeWish } from './inodes.ts';

/** Given ones are applied; the rest is what the process makes. */
export interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** May be negative. */
  readonly mtimeSeconds?: number;
  readonly xattrs?: Readonly<Record<string, string | Uint8Array>>;
}

export interface Directory extends Attributes {
  readonly kind: 'dir';
  readonly entries: Readonly<Record<string, Entry>>;
}
export interface File extends Attributes {
  readonly kind: 'file';
  readonly content: string | Uint8Array;
  /** Length on disk, the rest being a hole. */
  readonly sizeBytes?: number;
}
export interface Symlink extends Attributes {
  readonly kind: 'symlink';
  readonly target: string;
}
export interface Hardlink {
  readonly kind: 'hardlink';
  /** Path from the root of the tree; written before this entry. */
  readonly to: string;
}
export interface Fifo extends Attributes {
  readonly kind: 'fifo';
}
export type Entry = Directory | File | Symlink | Hardlink | Fifo;

export function dir(entries: Readonly<Record<string, Entry>> = {}, attributes: Attributes = {}): Directory {
  return { kind: 'dir', entries, ...attributes };
}

export function file(content: string | Uint8Array = '', attributes: Attributes = {}): File {
  return { kind: 'file', content, ...attributes };
}

/** A file of `sizeBytes` whose first bytes are `content`; the rest is a hole. */
export function sparse(content: string, sizeBytes: number, attributes: Attributes = {}): File {
  return { kind: 'file', content, sizeBytes, ...attributes };
}

export function symlink(target: string, attributes: Attributes = {}): Symlink {
  return { kind: 'symlink', target, ...attributes };
}

export function hardlink(to: string): Hardlink {
  return { kind: 'hardlink', to };
}

export function fifo(attributes: Attributes = {}): Fifo {
  return { kind: 'fifo', ...attributes };
}

/** Writes a tree to a path that does not exist yet. Attributes come last and children first, so that no mode or mtime is disturbed. */
export function writeTree(path: string, tree: Directory): void {
  const wishes: InodeWish[] = [];
  writeEntry(path, '', tree, wishes);
  applyWishes(path, wishes);
}

function writeEntry(root: string, path: string, entry: Entry, wishes: InodeWish[]): void {
  const full = join(root, path);
  switch (entry.kind) {
    case 'dir':
      mkdirSync(full);
      for (const [name, child] of Object.entries(entry.entries)) writeEntry(root, path === '' ? name : `${path}/${name}`, child, wishes);
      break;
    case 'file':
      writeContent(full, entry);
      break;
    case 'symlink':
      symlinkSync(entry.target, full);
      break;
    case 'hardlink':
      linkSync(join(root, entry.to), full);
      return;
    case 'fifo':
      wishes.push({ ...wish(path, entry), mkfifo: true });
      return;
  }
  if (Object.keys(wish(path, entry)).length > 1) wishes.push(wish(path, entry));
}

function writeContent(path: string, entry: File): void {
  if (entry.sizeBytes === undefined) {
    writeFileSync(path, entry.content);
    return;
  }
  const descriptor = openSync(path, 'wx');
  writeSync(descriptor, Buffer.from(entry.content));
  ftruncateSync(descriptor, entry.sizeBytes);
  closeSync(descriptor);
}

function wish(path: string, attributes: Attributes): InodeWish {
  const { uid, gid, mode, mtimeSeconds, xattrs } = attributes;
  return {
    path,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(mode === undefined ? {} : { mode }),
    ...(mtimeSeconds === undefined ? {} : { mtime: (BigInt(mtimeSeconds) * 1_000_000_000n).toString() }),
    ...(xattrs === undefined ? {} : { xattrs: hexValues(xattrs) }),
  };
}

function hexValues(xattrs: Readonly<Record<string, string | Uint8Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value).toString('hex')]));
}
