import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { checksumFromBytes, checksumToBytes } from '../../../src/base/checksum.ts';
import type { Checksum } from '../../../src/base/checksum.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../src/base/unix-mode.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { writeVariant } from '../../../src/format/gvariant/write.ts';
import { writeCommit } from '../../../src/format/object/commit.ts';
import type { Commit } from '../../../src/format/object/commit.ts';
import { hashPrefix, writeFilezHeader } from '../../../src/format/object/file-header.ts';
import { OBJECT_TYPE } from '../../../src/format/object/object-type.ts';
import type { ObjectType } from '../../../src/format/object/object-type.ts';
import { writeDirmeta } from '../../../src/format/object/dirmeta.ts';
import { createRepo } from '../../../src/repo/create-repo.ts';
import { objectPath } from '../../../src/repo/object-reader.ts';
import { writeRef } from '../../../src/repo/refs.ts';
import { Repo } from '../../../src/repo/repo.ts';

const NO_XATTRS = new Uint8Array(0);
type Entries<T> = readonly (readonly [name: string, value: T])[];

/** An archive repository whose objects are written by hand, so that they may be nonsense under a right name. */
export class CraftedRepo {
  readonly repo: Repo;
  readonly meta: Checksum;

  constructor(path: string, engine: Engine = jsEngine) {
    createRepo(path, { mode: 'archive' });
    this.repo = Repo.open(path, engine);
    this.meta = this.dirmeta(S_IFDIR | 0o755);
  }

  /** Writes metadata bytes under the name they hash to. */
  put(type: ObjectType, bytes: Uint8Array): Checksum {
    const checksum = checksumFromBytes(jsEngine.digest('sha256', bytes));
    this.#write(type, checksum, bytes);
    return checksum;
  }

  dirmeta(mode: number): Checksum {
    return this.put(OBJECT_TYPE.dirmeta, writeDirmeta({ uid: 0, gid: 0, mode, xattrs: NO_XATTRS }));
  }

  file(content: string): Checksum {
    return this.#content(S_IFREG | 0o644, '', Buffer.from(content));
  }

  symlink(target: string): Checksum {
    return this.#content(S_IFLNK | 0o777, target, new Uint8Array(0));
  }

  /** A dirtree with the entries in the order given, whatever their names. */
  tree(files: Entries<Checksum>, directories: Entries<Checksum> = []): Checksum {
    const value = [
      files.map(([name, checksum]) => [name, checksumToBytes(checksum)]),
      directories.map(([name, tree]) => [name, checksumToBytes(tree), checksumToBytes(this.meta)]),
    ];
    return this.put(OBJECT_TYPE.dirtree, writeVariant('(a(say)a(sayay))', value));
  }

  /** A commit of the tree, with a ref if one is named. */
  commit(rootTree: Checksum, rest: Partial<Commit> & { readonly ref?: string } = {}): Checksum {
    const { ref, ...fields } = rest;
    const commit: Commit = {
      metadata: [],
      related: [],
      subject: '',
      body: '',
      timestampSeconds: 0n,
      rootTree,
      rootMeta: this.meta,
      ...fields,
    };
    const checksum = this.put(OBJECT_TYPE.commit, writeCommit(commit));
    if (ref !== undefined) writeRef(this.repo, ref, checksum, { fsync: false });
    return checksum;
  }

  pathOf(type: ObjectType, checksum: Checksum): string {
    return objectPath(this.repo, type, checksum);
  }

  #content(mode: number, symlinkTarget: string, content: Uint8Array): Checksum {
    const header = { uid: 0, gid: 0, mode, rdev: 0, symlinkTarget, xattrs: NO_XATTRS };
    const checksum = checksumFromBytes(jsEngine.digest('sha256', hashPrefix(header), content));
    const stream = symlinkTarget === '' ? jsEngine.deflateRaw(content, 6) : NO_XATTRS;
    this.#write(OBJECT_TYPE.file, checksum, Buffer.concat([writeFilezHeader(header, content.length), stream]));
    return checksum;
  }

  #write(type: ObjectType, checksum: Checksum, bytes: Uint8Array): void {
    const path = this.pathOf(type, checksum);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}
