import { lstatSync } from 'node:fs';
import { checksumFromBytes, CHECKSUM_BYTES } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { deltasPath } from './layout.ts';
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
const CHECKSUM_TEXT = /^[A-Za-z0-9+_]{43}$/;

/** The static deltas of a repository: directories that hold a superblock and whose name names commits. Others are left alone. */
export function listStaticDeltas(repo: Repo): StoredDelta[] {
  const root = deltasPath(repo.path);
  return readDirectory(root)
    .filter((entry) => entry.isDirectory())
    .flatMap((prefix) =>
      readDirectory(`${root}/${prefix.name}`)
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

function readChecksumText(text: string): Checksum | undefined {
  if (!CHECKSUM_TEXT.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll('_', '/'), 'base64');
  return bytes.length === CHECKSUM_BYTES ? checksumFromBytes(bytes) : undefined;
}
