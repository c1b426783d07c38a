import type { Checksum } from '../../base/checksum.ts';
import { isSymlink } from '../../base/unix-mode.ts';
import { readVariant } from '../../format/gvariant/read.ts';
import { COMMIT_TYPE } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { loadCommit, readFileDetails } from '../../ops/read/index.ts';
import type { ShownType } from '../../ops/read/index.ts';
import { corruptObject } from '../../repo/object-fault.ts';
import { objectPath, readMetadataObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { commitText, rawCommitText } from './commit-text.ts';
import { variantText } from './variant-text.ts';
import { xattrText } from './xattr-text.ts';

export interface ShownObject {
  readonly checksum: Checksum;
  readonly type: ShownType;
}

export interface RawOptions {
  readonly raw: boolean;
  /** Shows the value as it is stored, and then the text as well; wins over `raw`. */
  readonly unswapped: boolean;
}

/** What `show` prints of an object, in pieces. Metadata is parsed even where only its head line is shown. */
export function* objectText(repo: Repo, { checksum, type }: ShownObject, options: RawOptions): Generator<string> {
  if (type === 'file') {
    yield fileText(repo, checksum);
    return;
  }
  const bytes = type === 'commit' ? loadCommit(repo, checksum).bytes : readMetadataObject(repo, OBJECT_TYPE[type], checksum);
  const raw = rawText({ repo, checksum, type, bytes }, !options.unswapped);
  yield `${type} ${checksum}\n`;
  if (options.raw || options.unswapped) yield raw;
  if (type === 'commit' && (options.unswapped || !options.raw)) yield commitText(loadCommit(repo, checksum));
}

interface ShownMetadata {
  readonly repo: Repo;
  readonly checksum: Checksum;
  readonly type: Exclude<ShownType, 'file'>;
  readonly bytes: Uint8Array;
}

const TYPE_STRINGS = { commit: COMMIT_TYPE, dirtree: '(a(say)a(sayay))', dirmeta: '(uuua(ayay))' } as const;

function rawText({ repo, checksum, type, bytes }: ShownMetadata, swap: boolean): string {
  if (type === 'commit') return rawCommitText({ bytes }, { swap });
  const typeString = TYPE_STRINGS[type];
  try {
    return `${variantText({ type: typeString, value: readVariant(typeString, bytes) }, { swap })}\n`;
  } catch (cause) {
    throw corruptObject(OBJECT_TYPE[type], checksum, { path: objectPath(repo, OBJECT_TYPE[type], checksum), cause });
  }
}

function fileText(repo: Repo, checksum: Checksum): string {
  const { uid, gid, mode, sizeBytes, symlinkTarget, xattrs } = readFileDetails(repo, checksum);
  return [
    `Object: ${checksum}`,
    'Type: file',
    ...(isSymlink(mode) ? ['File Type: symlink', `Target: ${symlinkTarget}`] : ['File Type: regular', `Size: ${sizeBytes}`]),
    `Mode: 0${mode.toString(8)}`,
    `Uid: ${uid}`,
    `Gid: ${gid}`,
    `Extended Attributes: ${xattrText(xattrs)}`,
    '',
  ].join('\n');
}
