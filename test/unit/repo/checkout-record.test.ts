import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../src/base/checksum.ts';
import { readCheckoutRecord, rememberCheckout, writeCheckoutRecord } from '../../../src/repo/checkout-record.ts';
import type { CheckoutRecord } from '../../../src/repo/checkout-record.ts';
import type { Repo } from '../../../src/repo/repo.ts';
import { Scratch } from '../../support/scratch.ts';
import { freshRepo } from './referee.ts';

const RECORD: CheckoutRecord = {
  commit: parseChecksum('a'.repeat(64)),
  subpath: '/usr',
  userMode: true,
  requireHardlinks: false,
  forceCopy: false,
  bareUserOnlyDirectories: false,
  disableCache: true,
};

describe('the record of a checkout', () => {
  const scratch = new Scratch('record');
  let repo: Repo;
  let destination = '';

  beforeEach(() => {
    repo = freshRepo(scratch.fresh('repo'));
    destination = scratch.fresh('checkout');
    mkdirSync(destination);
  });

  const files = (): string[] => readdirSync(`${repo.path}/tmp/cache/coppice-checkouts`);

  it('comes back as it was written, through a symlink too', () => {
    expect(readCheckoutRecord(repo, destination)).toBeUndefined();
    writeCheckoutRecord(repo, destination, RECORD);
    const later = { ...RECORD, pending: parseChecksum('b'.repeat(64)) };
    writeCheckoutRecord(repo, destination, later);
    const link = scratch.fresh('link');
    symlinkSync(destination, link);
    expect(readCheckoutRecord(repo, link)).toMatchObject(later);
    expect(files()).toHaveLength(1);
  });

  it('does not tell of another directory that has the name', () => {
    writeCheckoutRecord(repo, destination, RECORD);
    renameSync(destination, `${destination}-moved`);
    mkdirSync(destination);
    expect(readCheckoutRecord(repo, destination)).toBeUndefined();
    expect(readCheckoutRecord(repo, `${destination}-moved`)).toBeUndefined();
    expect(readCheckoutRecord(repo, join(destination, 'absent'))).toBeUndefined();
  });

  const damages: readonly (readonly [string, (text: string) => string])[] = [
    ['nothing', () => ''],
    ['half of it', (text) => text.slice(0, text.length / 2)],
    ['another format', (text) => text.replace('"format":1', '"format":2')],
    ['a commit that is none', (text) => text.replace('aaaa', 'zzzz')],
    ['a pending commit that is none', (text) => text.replace('{', '{"pending":"../x",')],
    ['a flag that is none', (text) => text.replace('"userMode":true', '"userMode":"yes"')],
    ['a subpath that is none', (text) => text.replace('"/usr"', '7')],
    ['null', () => 'null'],
  ];

  it.each(damages)('counts as absent when its file holds %s', (_what, damage) => {
    writeCheckoutRecord(repo, destination, RECORD);
    const path = `${repo.path}/tmp/cache/coppice-checkouts/${files()[0] ?? ''}`;
    const [good, bad] = [readFileSync(path, 'utf8'), damage(readFileSync(path, 'utf8'))];
    expect(bad).not.toBe(good);
    writeFileSync(path, bad);
    expect(readCheckoutRecord(repo, destination)).toBeUndefined();
  });

  it('is not needed: where it cannot be written, nothing is', () => {
    writeFileSync(`${repo.path}/tmp/cache/coppice-checkouts`, 'in the way');
    chmodSync(`${repo.path}/tmp/cache`, 0o555);
    expect(() => {
      writeCheckoutRecord(repo, destination, RECORD);
    }).toThrow(/EEXIST|File exists|Not a directory/);
    expect(() => {
      rememberCheckout(repo, destination, RECORD);
    }).not.toThrow();
    expect(readCheckoutRecord(repo, destination)).toBeUndefined();
  });

  it('drops the oldest of too many', () => {
    writeCheckoutRecord(repo, destination, RECORD);
    const directory = `${repo.path}/tmp/cache/coppice-checkouts`;
    for (let index = 0; index < 4095; index += 1) writeFileSync(`${directory}/${index}`, '');
    writeCheckoutRecord(repo, destination, RECORD);
    expect(files().length).toBeLessThan(4000);
    expect(readCheckoutRecord(repo, destination)).toMatchObject(RECORD);
  });
});
