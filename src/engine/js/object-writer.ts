import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { errnoOf, fromNodeError } from '../../base/errors.ts';
import { randomHex } from '../../base/random-hex.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import type { StoreTarget } from '../engine.ts';
import { succeeds, writeAll } from './file-io.ts';

/** What an object file looks like on disk. */
export interface PhysicalAttributes {
  /** Permission bits, set whatever the umask. */
  readonly mode: number;
  /** uid and gid; undefined leaves the process's own. */
  readonly owner: readonly [number, number] | undefined;
  /** Content of the bare modes has modification time 0. */
  readonly zeroTime: boolean;
}

/** Metadata objects and archives: 0644, own user, time of writing. */
export const PLAIN_OBJECT: PhysicalAttributes = { mode: 0o644, owner: undefined, zeroTime: false };

export type Written = 'stored' | 'existed';

/** What goes into a file: bytes, or whatever writes them. */
export type Content = Uint8Array | ((fd: number) => void);

/** Gives an open file its final owner, mode and time; the owner first, for chown clears setuid. */
export function sealFile(fd: number, { mode, owner, zeroTime }: PhysicalAttributes): void {
  if (owner !== undefined) fchownSync(fd, ...owner);
  fchmodSync(fd, mode);
  if (zeroTime) setZeroTime(fd);
}

function setZeroTime(fd: number): void {
  futimesSync(fd, Date.now() / 1000, 0);
}

/** `00/` to `ff/`: two letters cut out of a name would be looked up in V8's table of strings. */
const FAN_OUT_STEPS: readonly string[] = Array.from({ length: 256 }, (_, prefix) => `${prefix.toString(16).padStart(2, '0')}/`);

/** `ab/cdef….file` from `abcdef….file`. */
export function objectPath(name: string): string {
  return `${FAN_OUT_STEPS[prefixNumber(name)]}${name.slice(2)}`;
}

/** Permission bits without setuid, setgid and sticky. */
const ACCESS_BITS = 0o777;

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

interface Draft {
  /** Whether the file has the source's content already. */
  readonly isClone: boolean;
  readonly fill: (fd: number, isClone: boolean) => string;
}

const CLONE_ONLY = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
/** What file systems answer that cannot share blocks, or not between these two files. */
const CLONE_REFUSALS = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM', 'ENOENT'] as const;

/** Writes objects of one target so that no reader ever sees half of one; lives for one batch. */
export class ObjectWriter {
  readonly target: StoreTarget;
  readonly #token = `coppice-tmp-${process.pid}-${randomHex()}`;
  #temporaries = 0;
  readonly #plainModes: Set<number>;
  /** Per directory of `target.objects` the fan-out directories that it had at first, and those made here. */
  #fanOuts: readonly FanOut[] | undefined;

  constructor(target: StoreTarget, plainModes: Set<number> = new Set()) {
    this.target = target;
    this.#plainModes = plainModes;
  }

  /** Whether the repository, one of its parents or the staging directory has the object. */
  has(name: string, symlink = false): boolean {
    return this.isPublished(name, symlink) || (!this.target.visible && isThere(`${this.target.destination}/${objectPath(name)}`, symlink));
  }

  /**
   * Whether the repository or one of its parents has the object. False for one that somebody else has put meanwhile into
   * a fan-out directory which was not there before: writing finds out.
   */
  isPublished(name: string, symlink = false): boolean {
    this.#fanOuts ??= this.target.objects.map(readFanOut);
    const prefix = prefixNumber(name);
    for (const { directory, prefixes } of this.#fanOuts) {
      if (prefixes[prefix] === 1 && isThere(`${directory}/${objectPath(name)}`, symlink)) return true;
    }
    return false;
  }

  /** Writes an object unless it is there; `replacing` is for commitmeta, the one kind that may change. */
  writeFile(name: string, attributes: PhysicalAttributes, content: Content, replacing = false): Written {
    const final = this.#final(name);
    if (this.target.visible || replacing) {
      const temporary = this.newTemporary();
      this.#writeNew(temporary, attributes, content);
      return replacing ? this.#replace(temporary, final) : this.moveIn(temporary, name);
    }
    try {
      this.#writeNew(final, attributes, content);
      return 'stored';
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return this.#unlessExists(final, () => this.#writeNew(final, attributes, content));
      return existedOrThrow(error, final);
    }
  }

  /**
   * As `writeFile` with what stands in `bytes` from `start` on, for content of mode `mode` that belongs to whoever runs.
   * Most files of a first commit come by here: in one piece, for that costs a tenth less.
   */
  writeContent(name: string, mode: number, bytes: Uint8Array, start: number): Written {
    if (this.target.visible || !this.#plainModes.has(mode)) {
      return this.writeFile(name, { mode, owner: undefined, zeroTime: true }, bytes.subarray(start));
    }
    const final = this.#final(name);
    try {
      const fd = openSync(final, CREATE, mode);
      try {
        for (let at = start; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
        setZeroTime(fd);
        if (this.target.syncEach) fsyncSync(fd);
      } catch (error) {
        unlinkSync(final);
        throw error;
      } finally {
        closeSync(fd);
      }
      return 'stored';
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return this.writeFile(name, { mode, owner: undefined, zeroTime: true }, bytes.subarray(start));
      return existedOrThrow(error, final);
    }
  }

  writeSymlink(name: string, target: string, owner: readonly [number, number] | undefined): Written {
    const final = this.#final(name);
    if (!this.target.visible) return this.#unlessExists(final, () => makeSymlink(final, target, owner));
    const temporary = this.newTemporary();
    makeSymlink(temporary, target, owner);
    return this.moveIn(temporary, name);
  }

  /** Links a finished file of the same file system into the store. */
  link(from: string, name: string): Written {
    const final = this.#final(name);
    return this.#unlessExists(final, () => linkSync(from, final));
  }

  /** A new name in the target's `tmp`. */
  newTemporary(): string {
    this.#temporaries += 1;
    return `${this.target.tmp}/${this.#token}-${this.#temporaries}`;
  }

  /**
   * Gives a finished file of the same file system its object name and takes the old name away; never replaces an
   * object that is there. When it fails the file is removed too, unless it is to be kept.
   */
  moveIn(finished: string, name: string, onFailure: 'remove' | 'keep' = 'remove'): Written {
    const final = this.#final(name);
    try {
      const written = this.#unlessExists(final, () => linkOrRename(finished, final));
      removeIfThere(finished);
      return written;
    } catch (error) {
      if (onFailure === 'remove') removeIfThere(finished);
      throw error;
    }
  }

  /**
   * Writes an object whose name is only known when its content has been read: `fill` tells it. A clone of `source` is there
   * already, where the file system can share blocks; nobody else writes to that.
   */
  writeDraft(attributes: PhysicalAttributes, source: number, fill: (fd: number, isClone: boolean) => string): { readonly name: string; readonly outcome: Written } {
    const temporary = this.newTemporary();
    const isClone = succeeds(() => copyFileSync(`/proc/self/fd/${source}`, temporary, CLONE_ONLY), ...CLONE_REFUSALS);
    try {
      const { name, existed } = this.#fillDraft(temporary, attributes, { isClone, fill });
      if (!existed) return { name, outcome: this.moveIn(temporary, name) };
      removeIfThere(temporary);
      return { name, outcome: 'existed' };
    } catch (error) {
      removeIfThere(temporary);
      throw withPath(error, temporary);
    }
  }

  /** The draft's name, and whether that object is there; else the draft is ready to be it. */
  #fillDraft(temporary: string, attributes: PhysicalAttributes, { isClone, fill }: Draft): { readonly name: string; readonly existed: boolean } {
    const fd = openSync(temporary, isClone ? constants.O_RDONLY : CREATE, this.#firstMode(attributes));
    try {
      const name = fill(fd, isClone);
      const existed = this.has(name);
      if (!existed) sealFile(fd, attributes);
      if (!existed && this.target.syncEach) fsyncSync(fd);
      return { name, existed };
    } finally {
      closeSync(fd);
    }
  }

  #final(name: string): string {
    return `${this.target.destination}/${objectPath(name)}`;
  }

  #replace(temporary: string, final: string): Written {
    this.#inFanOut(final, () => renameSync(temporary, final));
    return 'stored';
  }

  #unlessExists(final: string, write: () => void): Written {
    try {
      this.#inFanOut(final, write);
      return 'stored';
    } catch (error) {
      return existedOrThrow(error, final);
    }
  }

  /** Makes the two-digit directory when the first attempt tells that it is absent. */
  #inFanOut(final: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      this.#makeFanOut(final.slice(0, final.lastIndexOf('/')));
      write();
    }
  }

  #makeFanOut(path: string): void {
    succeeds(() => mkdirSync(path), 'EEXIST');
    for (const { directory, prefixes } of this.#fanOuts ?? []) {
      if (directory === this.target.destination) prefixes[prefixNumber(path.slice(directory.length + 1))] = 1;
    }
  }

  /** Creates and fills a file; nothing is left of it when that fails. */
  #writeNew(path: string, attributes: PhysicalAttributes, content: Content): void {
    const fd = openSync(path, CREATE, this.#firstMode(attributes));
    try {
      try {
        if (typeof content === 'function') content(fd);
        else writeAll(fd, content);
        this.#seal(fd, attributes);
        if (this.target.syncEach) fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      unlinkSync(path);
      throw withPath(error, path);
    }
  }

  /** The final mode where that alone seals the file; owners are given to files that are private still. */
  #firstMode({ mode, owner }: PhysicalAttributes): number {
    return owner === undefined && (mode & ~ACCESS_BITS) === 0 ? mode : 0o600;
  }

  /** As `sealFile`; the mode is only looked at where creating the file gives it. */
  #seal(fd: number, attributes: PhysicalAttributes): void {
    const { mode, owner, zeroTime } = attributes;
    if (owner !== undefined || !this.#isPlain(fd, mode)) return sealFile(fd, attributes);
    if (zeroTime) setZeroTime(fd);
  }

  #isPlain(fd: number, mode: number): boolean {
    if (this.#plainModes.has(mode)) return true;
    const isPlain = (fstatSync(fd).mode & PERMISSION_BITS) === mode;
    if (isPlain) this.#plainModes.add(mode);
    return isPlain;
  }
}

/** Which of the 256 two-digit directories one `objects` has: 1 where it is there, or may be. */
interface FanOut {
  readonly directory: string;
  readonly prefixes: Uint8Array;
}

function readFanOut(directory: string): FanOut {
  const prefixes = new Uint8Array(256);
  try {
    for (const name of readdirSync(directory)) prefixes[prefixNumber(name)] = 1;
  } catch {
    prefixes.fill(1);
  }
  return { directory, prefixes };
}

/** The number that the first two hex digits of a name are; no table has the place of other names. */
function prefixNumber(name: string): number {
  return digitValue(name.charCodeAt(0)) * 16 + digitValue(name.charCodeAt(1));
}

function digitValue(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

function isThere(path: string, symlink: boolean): boolean {
  return symlink ? existsItself(path) : existsSync(path);
}

function existedOrThrow(error: unknown, path: string): Written {
  if (errnoOf(error) === 'EEXIST') return 'existed';
  throw withPath(error, path);
}

/** Calls on a descriptor fail without a path: a full disk is the object's trouble, not the source's. */
function withPath(error: unknown, path: string): unknown {
  return errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT' ? fromNodeError(error, path) : error;
}

function makeSymlink(path: string, target: string, owner: readonly [number, number] | undefined): void {
  symlinkSync(target, path);
  if (owner === undefined) return;
  try {
    lchownSync(path, ...owner);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/** Whether anything has this name, a dangling symlink too. */
export function existsItself(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeIfThere(path: string): void {
  succeeds(() => unlinkSync(path), 'ENOENT');
}

/** Links, for that never replaces; file systems without hard links get a rename. */
function linkOrRename(from: string, to: string): void {
  if (succeeds(() => linkSync(from, to), 'EPERM', 'ENOTSUP', 'EMLINK')) return;
  renameSync(from, to);
}
