import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { readCommit } from '../../format/object/commit.ts';
import type { Commit } from '../../format/object/commit.ts';
import { readDirmeta } from '../../format/object/dirmeta.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { assertDirtree } from '../../format/object/scan-dirtree.ts';
import { readMetadataObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import type { Problem } from './problem.ts';
import type { Healer } from './repair/healer.ts';

/** A sound object as what it says, or what is wrong with it. */
export type Checked<T> = { readonly sound: T } | { readonly problem: Problem };

/** As `check`; what is not sound is looked at again when it could be repaired. */
export function checkAndHeal<T>(check: () => Checked<T>, healer: Healer | undefined): Checked<T> {
  const checked = check();
  return 'problem' in checked && healer?.healMetadata(checked.problem) === true ? check() : checked;
}

type MetadataType = typeof OBJECT_TYPE.commit | typeof OBJECT_TYPE.dirtree | typeof OBJECT_TYPE.dirmeta;

export function checkCommit(repo: Repo, checksum: Checksum): Checked<Commit> {
  return checkMetadata(repo, { checksum, type: OBJECT_TYPE.commit }, readCommit);
}

/** Structure counts too: names that are empty, `.`, `..`, repeated, unsorted, not UTF-8 or hold a slash are corruption. */
export function checkDirtree(repo: Repo, checksum: Checksum): Checked<Uint8Array> {
  return checkMetadata(repo, { checksum, type: OBJECT_TYPE.dirtree }, (bytes) => {
    assertDirtree(bytes);
    return bytes;
  });
}

export function checkDirmeta(repo: Repo, checksum: Checksum): Checked<unknown> {
  return checkMetadata(repo, { checksum, type: OBJECT_TYPE.dirmeta }, readDirmeta);
}

interface Subject {
  readonly checksum: Checksum;
  readonly type: MetadataType;
}

/** Reads an object once, hashes it, and parses what has the right hash. */
function checkMetadata<T>(repo: Repo, subject: Subject, parse: (bytes: Uint8Array) => T): Checked<T> {
  try {
    const bytes = readMetadataObject(repo, subject.type, subject.checksum);
    const actual = checksumFromBytes(repo.engine.digest(repo.algorithm, bytes));
    if (actual !== subject.checksum) return { problem: { ...subject, kind: 'corrupt', actual } };
    return { sound: parse(bytes) };
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    return { problem: problemOf(subject, error) };
  }
}

function problemOf(subject: Subject, { code, message }: CoppiceError): Problem {
  if (code === 'OBJECT_MISSING') return { ...subject, kind: 'missing' };
  const corrupt = code === 'FORMAT_INVALID' || code === 'OBJECT_CORRUPT';
  return { ...subject, kind: corrupt ? 'corrupt' : 'unreadable', reason: message };
}
