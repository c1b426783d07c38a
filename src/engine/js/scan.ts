import { fstatSync, lstatSync, readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { compareUtf8 } from '../../base/byte-order.ts';
import { CoppiceError } from '../../base/errors.ts';
import { packNames } from '../../base/name-list.ts';
import { STAT, STAT_FIELDS } from '../engine.ts';
import type { DirectoryListing, ScanBatch, ScanResult } from '../engine.ts';
import { refuseXattrs } from '../capability.ts';
import { NO_XATTRS } from '../header.ts';
import { forEachDirectory } from './batch-files.ts';
import type { BatchContext } from './context.ts';
import type { OpenDirectory } from './directory-walker.ts';

/** What stands in names that are not UTF-8; few others have it. */
const REPLACEMENT = '\ufffd';
const SURROGATE = /[\ud800-\udfff]/;
const NANOS = 1_000_000_000n;

function emptyListing(): DirectoryListing {
  return { names: '', stats: new Float64Array(0), self: new Float64Array(STAT_FIELDS), xattrs: NO_XATTRS };
}

function readNames(directory: OpenDirectory): string[] {
  const names = readdirSync(directory.anchor);
  const packed = packNames(names);
  refuseForeignNames(directory, packed);
  return hasSurrogates(packed) ? names.toSorted(compareUtf8) : names.toSorted();
}

/** UTF-16 order and byte order differ only between names that have some. */
export function hasSurrogates(names: string): boolean {
  return SURROGATE.test(names);
}

/** Throws PATH_INVALID where one of the packed names is not UTF-8. Such decode to replacement characters: only then the raw bytes are looked at. */
export function refuseForeignNames(directory: OpenDirectory, names: string): void {
  if (!names.includes(REPLACEMENT)) return;
  for (const name of readdirSync(directory.anchor, 'buffer')) {
    const text = name.toString('utf8');
    if (Buffer.from(text, 'utf8').equals(name)) continue;
    throw new CoppiceError('PATH_INVALID', `the file name "${text}" is not UTF-8`, { facts: { path: text } });
  }
}

/** Writes the seconds and, behind them, the nanoseconds: positive ones before 1970 too. */
function putTime(stats: Float64Array, at: number, time: bigint): void {
  const remainder = Number(time % NANOS);
  const nanos = remainder < 0 ? remainder + Number(NANOS) : remainder;
  stats[at] = Number((time - BigInt(nanos)) / NANOS);
  stats[at + 1] = nanos;
}

/** Writes both halves of an inode number; it is a bigint where a number cannot hold it. */
function putInode(stats: Float64Array, at: number, inode: bigint): void {
  const short = Number(inode);
  const isExact = Number.isSafeInteger(short);
  stats[at + STAT.inodeHigh] = isExact ? Math.floor(short / 2 ** 32) : Number(inode >> 32n);
  stats[at + STAT.inodeLow] = isExact ? short >>> 0 : Number(inode & 0xffff_ffffn);
}

/** Writes STAT_FIELDS numbers from `at` on. */
export function putStat(stats: Float64Array, at: number, stat: BigIntStats): void {
  stats[at + STAT.mode] = Number(stat.mode);
  stats[at + STAT.uid] = Number(stat.uid);
  stats[at + STAT.gid] = Number(stat.gid);
  stats[at + STAT.size] = Number(stat.size);
  stats[at + STAT.device] = Number(stat.dev);
  putInode(stats, at, stat.ino);
  putTime(stats, at + STAT.mtimeSeconds, stat.mtimeNs);
  putTime(stats, at + STAT.ctimeSeconds, stat.ctimeNs);
  stats[at + STAT.links] = Number(stat.nlink);
}

function list(directory: OpenDirectory): DirectoryListing {
  const names = readNames(directory);
  const stats = new Float64Array(names.length * STAT_FIELDS);
  for (const [index, name] of names.entries()) {
    putStat(stats, index * STAT_FIELDS, lstatSync(directory.at(name), { bigint: true }));
  }
  const self = new Float64Array(STAT_FIELDS);
  putStat(self, 0, fstatSync(directory.fd, { bigint: true }));
  return { names: packNames(names), stats, self, xattrs: NO_XATTRS };
}

/** Lists directories with the stat of each entry; see `Engine.scan`. */
export function scan(context: BatchContext, batch: ScanBatch): ScanResult {
  if (batch.xattrs) throw refuseXattrs(context.engine);
  const count = batch.directories === '' ? 0 : batch.directories.split('\0').length - 1;
  const listings = Array.from({ length: count }, emptyListing);
  const failures = forEachDirectory(batch.root, batch.directories, (directory, index) => {
    listings[index] = list(directory);
  });
  return { listings, failures };
}
