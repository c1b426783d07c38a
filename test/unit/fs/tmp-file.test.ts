import { describe, expect, it } from 'vitest';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { fsyncPolicy } from '../../../src/fs/fsync-policy.ts';
import { readDirectory } from '../../../src/fs/read-dir.ts';
import { replaceFile } from '../../../src/fs/tmp-file.ts';
import { Scratch } from '../../support/scratch.ts';

const scratch = new Scratch('tmp-file');

function fresh(): string {
  const path = scratch.fresh('dir');
  mkdirSync(`${path}/tmp`, { recursive: true });
  return path;
}

describe.each([[true], [false]])('replaceFile with fsync %s', (enabled) => {
  const fsync = fsyncPolicy(enabled);

  it('writes whole files with their mode and leaves nothing beside them', () => {
    const path = fresh();
    replaceFile(`${path}/a`, 'one', { fsync });
    replaceFile(`${path}/a`, new Uint8Array([50]), { fsync, mode: 0o600, temporary: `${path}/tmp/half` });
    expect(readFileSync(`${path}/a`, 'utf8')).toBe('2');
    expect(statSync(`${path}/a`).mode & 0o777).toBe(0o600);
    expect([readdirSync(path), readdirSync(`${path}/tmp`)]).toEqual([['a', 'tmp'], []]);
  });

  it('replaces a symlink instead of writing through it', () => {
    const path = fresh();
    writeFileSync(`${path}/target`, 'kept');
    symlinkSync('target', `${path}/link`);
    replaceFile(`${path}/link`, 'new', { fsync });
    expect(lstatSync(`${path}/link`).isFile()).toBe(true);
    expect(readFileSync(`${path}/target`, 'utf8')).toBe('kept');
  });

  it('leaves everything as it was when it fails', () => {
    const path = fresh();
    mkdirSync(`${path}/d/full`, { recursive: true });
    expect(() => replaceFile(`${path}/d`, 'x', { fsync })).toThrow(expect.objectContaining({ code: 'SYSTEM', facts: expect.objectContaining({ path: `${path}/d` }) }));
    expect(readdirSync(path)).toEqual(['d', 'tmp']);
  });
});

describe('readDirectory', () => {
  it('lists names in byte order, and nothing of what is not there', () => {
    const path = fresh();
    for (const name of ['\u{10000}', '\uffee', 'a', 'Z']) writeFileSync(`${path}/${name}`, '');
    expect(readDirectory(path).map(({ name }) => name)).toEqual(['Z', 'a', 'tmp', '\uffee', '\u{10000}']);
    expect(readDirectory(`${path}/absent`)).toEqual([]);
    expect(() => readDirectory(`${path}/a`)).toThrow(expect.objectContaining({ code: 'SYSTEM' }));
  });
});
