import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { checksumPath } from '../../../../src/ops/checksum/index.ts';
import { Scratch } from '../../../support/scratch.ts';

const scratch = new Scratch('unit-checksum');
const isRoot = process.getuid?.() === 0;
const sum = (path: string) => checksumPath({ engine: jsEngine }, path, { ignoreXattrs: true });

describe.skipIf(!isRoot)('checksumPath knows the golden objects', () => {
  const root = scratch.fresh('tree');
  mkdirSync(root);
  chmodSync(root, 0o755);
  writeFileSync(`${root}/hello`, 'hello world\n', { mode: 0o644 });
  writeFileSync(`${root}/zero`, '', { mode: 0o644 });
  symlinkSync('hello', `${root}/link`);

  it.each([
    ['', 'dirmeta', '446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488'],
    ['/hello', 'file', '81381808c56d4f3d643ec12f6a18fcf2993af8daba7c2a1b2cbfc315b39424c6'],
    ['/zero', 'file', 'cc700d46f407c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e'],
    ['/link', 'file', '73baaba0102e9154b8522687d33eedb8ed1bc78eadb82428b2616144ec502934'],
  ])('"%s"', (name, objectType, checksum) => {
    expect(sum(`${root}${name}`)).toEqual({ checksum, objectType });
  });
});

describe('checksumPath', () => {
  it('hashes a file larger than its buffers', () => {
    const path = scratch.fresh('large');
    writeFileSync(path, 'x');
    truncateSync(path, 5_000_001);
    expect(sum(path).checksum).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says what is not there', () => {
    expect(() => sum('/nowhere/x')).toThrow('fstatat(/nowhere/x): No such file or directory');
    expect(() => checksumPath({ engine: jsEngine }, '/nowhere/x')).toThrow('Error when getting information for file “/nowhere/x”: No such file or directory');
  });

  it('refuses to leave xattrs out unasked', () => {
    const path = scratch.fresh('file');
    writeFileSync(path, '');
    expect(() => checksumPath({ engine: jsEngine }, path)).toThrow(expect.objectContaining({ code: 'CAPABILITY_MISSING' }));
  });
});
