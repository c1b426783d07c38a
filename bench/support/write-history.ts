import { createHash, hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseChecksum } from '../../src/base/checksum.ts';
import { writeCommit } from '../../src/format/object/commit.ts';
import { writeDirmeta } from '../../src/format/object/dirmeta.ts';
import { writeDirtree } from '../../src/format/object/dirtree.ts';

const FILES_PER_DIRECTORY = 9;
const DIRECTORIES_PER_PARENT = 100;
const FIRST_SECONDS = 1_700_000_000n;

export interface HistoryPlan {
  /** About how many objects there are in the end. */
  readonly objects: number;
  readonly commits: number;
}

/**
 * Fills an empty bare-user-only repository with a branch `history`, each commit of which has objects of its own: empty
 * files under made-up checksums, nine to a directory, a hundred directories to a parent. Objects are written straight into
 * `objects/`: what is measured is how they are found and removed.
 */
export function writeHistory(repository: string, plan: HistoryPlan): void {
  const store = new Store(repository);
  const directories = Math.max(1, Math.floor(plan.objects / plan.commits / (FILES_PER_DIRECTORY + 1)));
  let parent: string | undefined;
  for (let index = 0; index < plan.commits; index++) parent = writeOneCommit(store, { index, parent, directories });
  mkdirSync(join(repository, 'refs', 'heads'), { recursive: true });
  writeFileSync(join(repository, 'refs', 'heads', 'history'), `${parent ?? ''}\n`);
}

interface CommitPlan {
  readonly index: number;
  readonly parent: string | undefined;
  readonly directories: number;
}

function writeOneCommit(store: Store, { index, parent, directories }: CommitPlan): string {
  const meta = store.put('dirmeta', writeDirmeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: new Uint8Array(0) }));
  const leaves = Array.from({ length: directories }, (_, directory) => leaf(store, `${index}-${directory}`));
  const parents: Buffer[] = [];
  for (let at = 0; at < leaves.length; at += DIRECTORIES_PER_PARENT) {
    parents.push(directoryOf(store, leaves.slice(at, at + DIRECTORIES_PER_PARENT), meta));
  }
  const commit = writeCommit({
    metadata: [],
    ...(parent === undefined ? {} : { parent: parseChecksum(parent) }),
    related: [],
    subject: `commit ${index}`,
    body: '',
    timestampSeconds: FIRST_SECONDS + BigInt(index),
    rootTree: parseChecksum(directoryOf(store, parents, meta).toString('hex')),
    rootMeta: parseChecksum(meta.toString('hex')),
  });
  return store.put('commit', commit).toString('hex');
}

function leaf(store: Store, seed: string): Buffer {
  const files = Array.from({ length: FILES_PER_DIRECTORY }, (_, file) => {
    const checksum = hash('sha256', `${seed}-${file}`, 'buffer');
    store.touch('file', checksum);
    return { name: `a-file-with-a-name-${file}`, checksum };
  });
  return store.put('dirtree', writeDirtree(files, []));
}

function directoryOf(store: Store, trees: readonly Buffer[], meta: Buffer): Buffer {
  const directories = trees.map((tree, at) => ({ name: `directory-${String(at).padStart(6, '0')}`, tree, meta }));
  return store.put('dirtree', writeDirtree([], directories));
}

class Store {
  readonly #objects: string;

  constructor(repository: string) {
    this.#objects = join(repository, 'objects');
    for (let prefix = 0; prefix < 256; prefix++) {
      mkdirSync(join(this.#objects, prefix.toString(16).padStart(2, '0')), { recursive: true });
    }
  }

  put(extension: string, bytes: Uint8Array): Buffer {
    const checksum = createHash('sha256').update(bytes).digest();
    writeFileSync(this.#path(extension, checksum), bytes);
    return checksum;
  }

  touch(extension: string, checksum: Buffer): void {
    writeFileSync(this.#path(extension, checksum), '');
  }

  #path(extension: string, checksum: Buffer): string {
    const hex = checksum.toString('hex');
    return `${this.#objects}/${hex.slice(0, 2)}/${hex.slice(2)}.${extension}`;
  }
}
