/** The verb `checksum`: what a file, symlink or directory on disk would be called as an object. */
import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';
import { packNames } from '../../base/name-list.ts';
import { isDirectory, isRegular, isSymlink } from '../../base/unix-mode.ts';
import type { DigestAlgorithm, Engine, IngestBatch } from '../../engine/engine.ts';
import { writeDirmeta } from '../../format/object/dirmeta.ts';
import { hashPrefix } from '../../format/object/file-header.ts';
import { failureError } from '../../repo/failure-error.ts';

export interface ChecksumContext {
  readonly engine: Engine;
}

export interface ChecksumOptions {
  /** Hashes an empty list of extended attributes. Default false; an engine without xattrs then refuses. */
  readonly ignoreXattrs?: boolean | undefined;
  /** What a repository names its objects by. Default `sha256`. */
  readonly algorithm?: DigestAlgorithm | undefined;
}

export interface ChecksumOutcome {
  readonly checksum: Checksum;
  /** A directory has the checksum of its dirmeta alone: what is in it does not count. */
  readonly objectType: 'file' | 'dirmeta';
}

/** Hashes one path; a symlink is not followed, unless a slash ends the path. */
export function checksumPath(context: ChecksumContext, path: string, options: ChecksumOptions = {}): ChecksumOutcome {
  const withXattrs = options.ignoreXattrs !== true;
  const source: Source = { path, stat: statSource(path, withXattrs), withXattrs, algorithm: options.algorithm ?? 'sha256' };
  const { mode } = source.stat;
  if (isDirectory(mode)) return { checksum: hashDirectory(context.engine, source), objectType: 'dirmeta' };
  const hash = isRegular(mode) || isSymlink(mode) ? hashFile : hashSpecial;
  return { checksum: hash(context.engine, source), objectType: 'file' };
}

interface Source {
  readonly path: string;
  readonly stat: Stats;
  readonly withXattrs: boolean;
  readonly algorithm: DigestAlgorithm;
}

/** libostree looks in two ways, whose words differ. */
function statSource(path: string, withXattrs: boolean): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const subject = withXattrs ? `Error when getting information for file “${path}”` : `fstatat(${path})`;
    throw new CoppiceError(errno === 'ENOENT' ? 'PATH_NOT_FOUND' : 'SYSTEM', `${subject}: ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}

function xattrsOf(engine: Engine, { path, withXattrs }: Source): Uint8Array {
  return withXattrs ? engine.readXattrs(path) : new Uint8Array(0);
}

function hashDirectory(engine: Engine, source: Source): Checksum {
  const { uid, gid, mode } = source.stat;
  return checksumFromBytes(engine.digest(source.algorithm, writeDirmeta({ uid, gid, mode, xattrs: xattrsOf(engine, source) })));
}

/** A fifo, socket or device hashes as its header; the device number stays 0 there. */
function hashSpecial(engine: Engine, source: Source): Checksum {
  const { uid, gid, mode } = source.stat;
  const header = { uid, gid, mode, rdev: 0, symlinkTarget: '', xattrs: xattrsOf(engine, source) };
  return checksumFromBytes(engine.digest(source.algorithm, hashPrefix(header)));
}

function hashFile(engine: Engine, source: Source): Checksum {
  const { checksums, failures } = engine.ingest(hashBatch(source));
  const [failure] = failures;
  if (failure !== undefined) throw failureError(failure);
  return checksumFromBytes(checksums);
}

function hashBatch({ path, stat, withXattrs, algorithm }: Source): IngestBatch {
  return {
    root: dirname(path),
    directories: packNames(['']),
    directoryIndex: Uint32Array.of(0),
    names: packNames([basename(path)]),
    attributes: Uint32Array.of(stat.uid, stat.gid, stat.mode),
    sizes: Float64Array.of(stat.size),
    xattrs: withXattrs ? 'read' : 'none',
    action: 'hash',
    consume: false,
    target: hashOnly(algorithm, dirname(path)),
  };
}

/** A batch that only hashes still names a store, in directories that exist; nothing is looked up or written there. */
function hashOnly(algorithm: DigestAlgorithm, directory: string): IngestBatch['target'] {
  const [destination, tmp] = [directory, directory];
  return { mode: 'archive', algorithm, objects: [], destination, visible: false, tmp, zlibLevel: 1, syncEach: false };
}
