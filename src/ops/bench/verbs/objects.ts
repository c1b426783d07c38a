import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FAN_OUT = /^[0-9a-f]{2}$/;
const OBJECT = /^[0-9a-f]{62}\.(file|filez|dirtree|dirmeta|commit)$/;

export interface StoredObject {
  /** `ab/cdef….file` */
  readonly name: string;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly isRegular: boolean;
}

/** The loose objects of a repository, by name. */
export function* storedObjects(repository: string): Generator<StoredObject> {
  const objects = join(repository, 'objects');
  for (const prefix of readdirSync(objects).filter((name) => FAN_OUT.test(name)).toSorted()) {
    for (const rest of readdirSync(join(objects, prefix)).toSorted()) {
      if (!OBJECT.test(rest)) continue;
      const stat = lstatSync(join(objects, prefix, rest));
      yield { name: `${prefix}/${rest}`, inode: stat.ino, sizeBytes: stat.size, isRegular: stat.isFile() };
    }
  }
}

export interface ObjectSummary {
  readonly count: number;
  readonly bytes: number;
  /** One digest of all names: two repositories with equal digests hold the same objects. */
  readonly namesDigest: string;
  /** The same of regular content objects alone, which is all that the floor writes. */
  readonly contentDigest: string;
}

export function summarizeObjects(repository: string): ObjectSummary {
  const [names, contents] = [createHash('sha256'), createHash('sha256')];
  const sum = { count: 0, bytes: 0 };
  for (const object of storedObjects(repository)) {
    sum.count += 1;
    sum.bytes += object.sizeBytes;
    names.update(`${object.name}\n`);
    if (object.isRegular && object.name.endsWith('.file')) contents.update(`${object.name}\n`);
  }
  return { ...sum, namesDigest: names.digest('hex'), contentDigest: contents.digest('hex') };
}
