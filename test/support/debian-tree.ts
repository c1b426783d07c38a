import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyWishes, describeTree } from './inodes.ts';
import type { Inode, InodeWish } from './inodes.ts';
import { CAPABILITY } from './nasty-tree.ts';
import { runWords, succeedWords } from './program.ts';
import type { Requirement } from './requirements.ts';
import { needs } from './requirements.ts';

const SUITE = 'bookworm';
const CACHE = join(tmpdir(), `coppice-debian-${SUITE}-minbase.tar`);
const APT_SOURCES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];

/** A Debian root can be had: the tarball is cached, or mmdebstrap makes it now from the machine's own mirror. */
export const needsDebian: Requirement = {
  name: 'a Debian root tree (mmdebstrap and a mirror)',
  isMet: () => needs.root.isMet() && (existsSync(CACHE) || makeTarball()),
  remedy: 'run as root, install mmdebstrap and make an apt mirror reachable',
};

function makeTarball(): boolean {
  if (!needs.mmdebstrap.isMet()) return false;
  const unfinished = `${CACHE}.${process.pid}.tar`;
  const sources = APT_SOURCES.find((path) => existsSync(path));
  const words = ['mmdebstrap', '--quiet', '--variant=minbase', SUITE, unfinished, ...(sources === undefined ? [] : [sources])];
  const made = runWords(words).status === 0;
  if (made) renameSync(unfinished, CACHE);
  else rmSync(unfinished, { force: true });
  return made;
}

/** Unpacks the Debian root to a path that does not exist yet, with setuid files, xattrs and capabilities in it and no device nodes. */
export function writeDebianTree(path: string): void {
  mkdirSync(path);
  succeedWords(['tar', '-C', path, '--xattrs', '--xattrs-include=*', '--numeric-owner', '-xpf', CACHE]);
  rmSync(join(path, 'dev'), { recursive: true, force: true });
  mkdirSync(join(path, 'dev'));
  const before = describeTree(path);
  applyWishes(path, decorations(before));
  expectSetuid(describeTree(path));
}

/** Attributes that a minbase system lacks and a real one has. */
function decorations(inodes: readonly Inode[]): InodeWish[] {
  const user = (value: string): Record<string, string> => ({ 'user.coppice': Buffer.from(value).toString('hex') });
  const libraries = inodes.filter(({ kind, path }) => kind === 'file' && /\.so(\.\d+)*$/.test(path)).slice(0, 20);
  return [
    { path: 'usr/bin/tar', xattrs: { 'security.capability': CAPABILITY.toString('hex') } },
    { path: 'usr/bin/perl', xattrs: { ...user('perl'), 'trusted.coppice': '00ff' } },
    { path: 'etc', xattrs: user('directory') },
    ...libraries.map(({ path }): InodeWish => ({ path, xattrs: user(path) })),
  ];
}

function expectSetuid(inodes: readonly Inode[]): void {
  const setuid = inodes.filter(({ kind, mode }) => kind === 'file' && (mode & 0o4000) !== 0);
  const capable = inodes.filter(({ xattrs }) => 'security.capability' in xattrs);
  if (setuid.length === 0 || capable.length === 0) throw new Error('the Debian tree came out without setuid files or capabilities');
}
