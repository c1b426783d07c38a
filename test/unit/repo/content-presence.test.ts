import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { ContentPresence } from '../../../src/repo/content-presence.ts';
import { createRepo } from '../../../src/repo/create-repo.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { Scratch } from '../../support/scratch.ts';

/** Checksums of one fan-out directory. */
const checksumOf = (last: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? last : 0xab));
const fileOf = (last: number, extension: string): string => `${Buffer.from(checksumOf(last)).toString('hex').slice(2)}.${extension}`;

describe.each([['bare-user-only', 'file'], ['archive', 'filez']] as const)('the content of a repository in mode %s', (mode, extension) => {
  const scratch = new Scratch('presence');

  function repoWith(lasts: readonly number[]): { repo: Repo; folder: string } {
    const path = scratch.fresh('repo');
    createRepo(path, { mode });
    const folder = join(path, 'objects', 'ab');
    mkdirSync(folder);
    for (const last of lasts) writeFileSync(join(folder, fileOf(last, extension)), '');
    writeFileSync(join(folder, fileOf(200, 'dirtree')), '');
    return { repo: Repo.open(path, jsEngine), folder };
  }

  it('is told apart from what is not there, by question and by list', () => {
    const { repo } = repoWith([1, 2, 3, 5, 8, 13]);
    const presence = new ContentPresence(repo);
    const there = Array.from({ length: 256 }, (_, last) => last).filter((last) => presence.has(checksumOf(last)));
    expect(there).toEqual([1, 2, 3, 5, 8, 13]);
  });

  it('is seen when it comes after the list was made', () => {
    const { repo, folder } = repoWith([1]);
    const presence = new ContentPresence(repo);
    for (let time = 0; time < 10; time++) expect(presence.has(checksumOf(9))).toBe(false);
    writeFileSync(join(folder, fileOf(9, extension)), '');
    expect(presence.has(checksumOf(9))).toBe(true);
  });

  it('is asked for again by every new asker', () => {
    const { repo, folder } = repoWith([1, 2]);
    const first = new ContentPresence(repo);
    for (let time = 0; time < 10; time++) first.has(checksumOf(1));
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    expect(new ContentPresence(repo).has(checksumOf(1))).toBe(false);
  });
});
