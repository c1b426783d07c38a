import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import { S_IFLNK, S_IFREG } from '../../src/base/unix-mode.ts';
import type { Engine, IngestBytesBatch, StoreMode } from '../../src/engine/engine.ts';
import { hashPrefix, NO_XATTRS } from '../../src/engine/header.ts';
import { JS_KERNELS } from '../../src/engine/js-engine.ts';
import { noise } from '../support/nasty-tree.ts';
import type { Scratch } from '../support/scratch.ts';
import { hexOf, makeStore, writableModes } from './walked-tree.ts';
import type { Store } from './walked-tree.ts';

/** Sizes on both sides of what is read whole. */
const CONTENTS = [0, 1, 65, 65_537, 1024 * 1024 + 1].map(noise);
const TARGET = Buffer.from('../é');
const SPILLED = noise(2 * 1024 * 1024 + 1);
const BUFFER_BYTES = 1024 * 1024 + 4096;

/** The contents, a symlink, and a file that was spilled; in memory that threads share. */
function batchFor({ target }: Store): IngestBytesBatch {
  const inMemory = [...CONTENTS, TARGET, Buffer.alloc(0)];
  const bytes = new Uint8Array(new SharedArrayBuffer(inMemory.reduce((sum, { length }) => sum + length, 0)));
  const ends: number[] = [];
  for (const content of inMemory) {
    bytes.set(content, ends.at(-1) ?? 0);
    ends.push((ends.at(-1) ?? 0) + content.length);
  }
  writeFileSync(join(target.tmp, 'spilled'), SPILLED, { mode: 0o600 });
  const modes = inMemory.map((content) => (content === TARGET ? S_IFLNK | 0o777 : S_IFREG | 0o644));
  return {
    attributes: Uint32Array.from(modes.flatMap((mode) => [0, 0, mode])),
    bytes,
    ends: Uint32Array.from(ends),
    xattrs: new Uint8Array(0),
    xattrEnds: new Uint32Array(ends.length),
    names: packNames(ends.map((_, index) => `file-${index}`)),
    spilled: packNames(ends.map((_, index) => (index === ends.length - 1 ? 'spilled' : ''))),
    target,
  };
}

function expectedNames(): string[] {
  const name = (mode: number, symlinkTarget: string, content: Uint8Array): string => {
    const prefix = hashPrefix({ uid: 0, gid: 0, mode, symlinkTarget, xattrs: NO_XATTRS });
    return Buffer.from(JS_KERNELS.digest('sha256', prefix, content)).toString('hex');
  };
  const files = [...CONTENTS, SPILLED].map((content) => name(S_IFREG | 0o644, '', content));
  return files.toSpliced(CONTENTS.length, 0, name(S_IFLNK | 0o777, TARGET.toString(), new Uint8Array(0)));
}

/** Unpacks all, in as many calls as that takes. */
function unpackAll(engine: Engine, mode: StoreMode, store: Store, checksums: Uint8Array): (Buffer | number)[] {
  const source = { mode, algorithm: 'sha256' as const, objects: store.target.objects };
  const contents: (Buffer | number)[] = [];
  while (contents.length * 32 < checksums.length) {
    const into = new Uint8Array(new SharedArrayBuffer(BUFFER_BYTES));
    const { ends, sizes, fits, failures } = engine.unpack({ source, checksums: checksums.slice(contents.length * 32), into });
    expect(failures).toEqual([]);
    expect(ends.length).toBeGreaterThan(0);
    for (const [row, end] of ends.entries()) {
      contents.push(fits[row] === 1 ? Buffer.from(into.slice(ends[row - 1] ?? 0, end)) : (sizes[row] ?? 0));
    }
  }
  return contents;
}

export function bytesSuite(engine: Engine, scratch: Scratch): void {
  describe.each(writableModes(engine))('in mode %s', (mode) => {
    it('names contents from memory and gives them back', () => {
      const store = makeStore(scratch.fresh(`bytes-${mode}`), mode);
      const { checksums, failures, outcomes } = engine.ingestBytes(batchFor(store));
      expect(failures).toEqual([]);
      expect([...outcomes]).toEqual(Array.from(outcomes, () => 0));
      expect(expectedNames().map((_, index) => hexOf(checksums, index))).toEqual(expectedNames());
      expect(existsSync(join(store.target.tmp, 'spilled'))).toBe(false);
      expect(unpackAll(engine, mode, store, checksums)).toEqual([...CONTENTS, TARGET, SPILLED.length]);
      expect([...engine.ingestBytes(batchFor(store)).outcomes]).toEqual(Array.from(outcomes, () => 1));
    });

    it('tells which content it cannot store', () => {
      const store = makeStore(scratch.fresh(`bytes-bad-${mode}`), mode);
      const good = batchFor(store);
      const attributes = Uint32Array.from(good.attributes);
      attributes[2] = 0o010644;
      const { failures } = engine.ingestBytes({ ...good, attributes, spilled: good.spilled.replace('spilled', '../x') });
      expect(failures.map(({ index, code, path }) => [index, code, path])).toEqual([
        [0, 'FILE_TYPE_UNSUPPORTED', 'file-0'],
        [good.ends.length - 1, 'PATH_INVALID', `file-${good.ends.length - 1}`],
      ]);
    });

    it('tells which object is missing', () => {
      const { target } = makeStore(scratch.fresh(`bytes-missing-${mode}`), mode);
      const source = { mode, algorithm: 'sha256' as const, objects: target.objects };
      const { failures } = engine.unpack({ source, checksums: new Uint8Array(32), into: new Uint8Array(10) });
      expect(failures).toMatchObject([{ index: 0, code: 'OBJECT_MISSING' }]);
    });
  });
}
