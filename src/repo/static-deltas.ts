import { lstatSync } from 'node:fs';
import { checksumFromBytes, CHECKSUM_BYTES } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { readDirectory, readDirectoryAsIs } from '../fs/read-dir.ts';
import { deltaIndexesPath, deltasPath } from './layout.ts';
import type { Repo } from './repo.ts';

/** A static delta on disk. */
export interface StoredDelta {
  /** Its directory below `deltas/`. */
  readonly directory: string;
  /** Undefined for a delta from scratch. */
  readonly from: Checksum | undefined;
  readonly to: Checksum;
}

/** Base64 of 32 bytes without padding; `_` stands for `/`, `+` is kept. */
const TEXT_LENGTH = 43;
const INDEX_SUFFIX = '.index';
const CHECKSUM_TEXT = /^[A-Za-z0-9+_]{43}$/;

/**
 * The static deltas of a repository: directories that hold a superblock and whose name names commits. Others are left
 * alone. In the order of the directories, on which the bytes of a summary depend.
 */
export function listStaticDeltas(repo: Repo): StoredDelta[] {
  const root = deltasPath(repo.path);
  return readDirectoryAsIs(root)
    .filter((entry) => entry.isDirectory())
    .flatMap((prefix) =>
      readDirectoryAsIs(`${root}/${prefix.name}`)
        .filter((entry) => entry.isDirectory())
        .flatMap(({ name }) => readDelta(root, `${prefix.name}/${name}`)),
    );
}

function readDelta(root: string, directory: string): StoredDelta[] {
  if (lstatSync(`${root}/${directory}/superblock`, { throwIfNoEntry: false }) === undefined) return [];
  const [first = '', second, ...more] = directory.replace('/', '').split('-');
  const to = readChecksumText(second ?? first);
  const from = second === undefined ? undefined : readChecksumText(first);
  const isNamed = to !== undefined && more.length === 0 && (second === undefined || from !== undefined);
  return isNamed ? [{ directory, from, to }] : [];
}

/** Base64 of the 32 bytes, as directories of deltas and their indexes are called. */
export function checksumText(checksum: Checksum): string {
  return Buffer.from(checksum, 'hex').toString('base64').slice(0, TEXT_LENGTH).replaceAll('/', '_');
}

/** The file of `delta-indexes/` that lists the deltas to a commit. */
export function deltaIndexPath(repo: Repo, to: Checksum): string {
  const text = checksumText(to);
  return `${deltaIndexesPath(repo.path)}/${text.slice(0, 2)}/${text.slice(2)}${INDEX_SUFFIX}`;
}

/** The commits that have an index, whatever is in it. */
export function listDeltaIndexes(repo: Repo): Checksum[] {
  const root = deltaIndexesPath(repo.path);
  return readDirectory(root)
    .filter((entry) => entry.isDirectory())
    .flatMap((prefix) =>
      readDirectory(`${root}/${prefix.name}`).flatMap(({ name }) => {
        const to = name.endsWith(INDEX_SUFFIX) ? readChecksumText(prefix.name + name.slice(0, -INDEX_SUFFIX.length)) : undefined;
        return to === undefined ? [] : [to];
      }),
    );
}

function readChecksumText(text: string): Checksum | undefined {
  if (!CHECKSUM_TEXT.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll('_', '/'), 'base64');
  return bytes.length === CHECKSUM_BYTES ? checksumFromBytes(bytes) : undefined;
}
