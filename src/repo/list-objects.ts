import { checksumFromBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { packNames } from '../base/name-list.ts';
import { RECORD_BYTES } from '../engine/engine.ts';
import { isMetadataType, parseLooseObjectName } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { failureError } from './failure-error.ts';
import { objectsPath } from './layout.ts';
import type { Repo } from './repo.ts';

export interface ListedObject {
  readonly checksum: Checksum;
  readonly type: ObjectType;
}

const FAN_OUT = 256;

/** The two-digit directories of `objects/`. */
export function fanOutNames(): string[] {
  return Array.from({ length: FAN_OUT }, (_, index) => index.toString(16).padStart(2, '0'));
}

/** Every object of this repository (not its parents'), in order; one two-digit directory is read at a time. */
export function* listObjects(repo: Repo): Generator<ListedObject> {
  for (const prefix of fanOutNames()) yield* listPrefix(repo, prefix);
}

const PREFIXES_PER_CALL = 32;

/** The checksums of all objects of one type in this repository (not its parents'), in order. */
export function listChecksums(repo: Repo, type: ObjectType): Checksum[] {
  const found: Checksum[] = [];
  const prefixes = fanOutNames();
  for (let at = 0; at < prefixes.length; at += PREFIXES_PER_CALL) {
    const { records, failures: [failure] } = repo.engine.list({
      objects: objectsPath(repo.path),
      prefixes: packNames(prefixes.slice(at, at + PREFIXES_PER_CALL)),
      archive: repo.mode === 'archive',
      sizes: false,
      only: type,
    });
    if (failure !== undefined) throw failureError(failure);
    for (let record = 0; record < records.length; record += RECORD_BYTES) {
      found.push(checksumFromBytes(records, record));
    }
  }
  return found;
}

/** How many of the fan-out directories are counted to guess at all. */
const SAMPLED = 4;

/** About how many files the object directories of the repository and its parents hold; exact to a few percent. */
export function estimateObjects(repo: Repo): number {
  let counted = 0;
  for (let at: Repo | undefined = repo; at !== undefined; at = at.parent) {
    const objects = objectsPath(at.path);
    for (const prefix of fanOutNames().slice(0, SAMPLED)) counted += readDirectory(`${objects}/${prefix}`).length;
  }
  return (counted * FAN_OUT) / SAMPLED;
}

/** The objects whose checksum begins with these two digits. */
export function* listPrefix(repo: Repo, prefix: string): Generator<ListedObject> {
  const archive = repo.mode === 'archive';
  for (const { name } of readDirectory(`${objectsPath(repo.path)}/${prefix}`)) {
    const object = parseLooseObjectName(`${prefix}/${name}`);
    if (object !== undefined && fits(object.type, object.archive, archive)) yield object;
  }
}

/** Content of the other family of modes is no object here: nobody would find it. */
function fits(type: ObjectType, named: boolean, archive: boolean): boolean {
  return named === archive || isMetadataType(type);
}
