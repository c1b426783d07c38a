import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreTarget } from '../../../src/engine/engine.ts';
import { ObjectWriter } from '../../../src/engine/js/object-writer.ts';

const NAME = `${'ab'.repeat(32)}.file`;
const OTHER = `${'cd'.repeat(32)}.file`;

let room = '';
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'coppice-writer-'));
  for (const directory of ['objects', 'staging']) mkdirSync(join(room, directory));
});
afterEach(() => rmSync(room, { recursive: true }));

function target(visible: boolean): StoreTarget {
  const [objects, staging] = [join(room, 'objects'), join(room, 'staging')];
  const destination = visible ? objects : staging;
  return { mode: 'bare-user-only', algorithm: 'sha256', objects: [objects], destination, visible, tmp: staging, zlibLevel: 6, syncEach: false };
}

function write(writer: ObjectWriter, name: string, mode: number): string {
  return writer.writeFile(name, { mode, owner: undefined, zeroTime: true }, (fd) => void writeSync(fd, 'x'));
}

describe('the writer of objects', () => {
  it.each([0o000, 0o022, 0o077])('gives the final mode under umask %o', (umask) => {
    const before = process.umask(umask);
    try {
      const writer = new ObjectWriter(target(false));
      for (const [index, mode] of [0o644, 0o775, 0o400, 0o644, 0o1777].entries()) {
        const name = `${String(index).padStart(2, '0')}${NAME.slice(2)}`;
        expect(write(writer, name, mode)).toBe('stored');
        const { mode: found, mtimeMs } = statSync(join(room, 'staging', name.slice(0, 2), name.slice(2)));
        expect([found & 0o7777, mtimeMs]).toEqual([mode, 0]);
      }
    } finally {
      process.umask(before);
    }
  });

  it('finds what it has put into a fan-out directory that was not there', () => {
    const writer = new ObjectWriter(target(true));
    expect(writer.has(NAME)).toBe(false);
    expect(write(writer, NAME, 0o644)).toBe('stored');
    expect([writer.has(NAME), writer.isPublished(NAME)]).toEqual([true, true]);
  });

  it('stores an object once that somebody else puts there after the look', () => {
    const writer = new ObjectWriter(target(true));
    expect(writer.has(OTHER)).toBe(false);
    mkdirSync(join(room, 'objects', 'cd'));
    writeFileSync(join(room, 'objects', 'cd', OTHER.slice(2)), 'theirs');
    expect(write(writer, OTHER, 0o644)).toBe('existed');
    expect(statSync(join(room, 'objects', 'cd', OTHER.slice(2))).size).toBe('theirs'.length);
  });
});
