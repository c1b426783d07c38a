import { Buffer } from 'node:buffer';
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../../src/base/checksum.ts';
import type { Checksum } from '../../../../src/base/checksum.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import { findDeployments } from '../../../../src/ops/du/deployments.ts';
import { du } from '../../../../src/ops/du/index.ts';
import type { DuOutcome } from '../../../../src/ops/du/index.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import { writeRef } from '../../../../src/repo/refs.ts';
import { Scratch } from '../../../support/scratch.ts';
import { CraftedRepo } from '../crafted-repo.ts';

const scratch = new Scratch('unit-du');
const A = parseChecksum('a'.repeat(64));
const B = parseChecksum('b'.repeat(64));

function freshSysroot(): string {
  const sysroot = scratch.fresh('sysroot');
  mkdirSync(join(sysroot, 'ostree/repo'), { recursive: true });
  return sysroot;
}

/** Makes the directory of a deployment and answers its path. */
function deploy(sysroot: string, name: string, osname = 'myos'): string {
  const path = join(sysroot, 'ostree/deploy', osname, 'deploy', name);
  mkdirSync(path, { recursive: true });
  return path;
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

describe('findDeployments', () => {
  const namesIn = (repo: string) => findDeployments(repo)?.deployments.map(({ osname, checksum, serial }) => [osname, checksum, serial]);

  it('finds those of all stateroots, in order', () => {
    const sysroot = freshSysroot();
    deploy(sysroot, `${B}.0`);
    deploy(sysroot, `${A}.12`);
    deploy(sysroot, `${A}.0`, 'another os');
    expect(namesIn(join(sysroot, 'ostree/repo'))).toEqual([['another os', A, 0], ['myos', A, 12], ['myos', B, 0]]);
  });

  it('finds them through a symlink to the repository', () => {
    const sysroot = freshSysroot();
    deploy(sysroot, `${A}.0`);
    symlinkSync(join(sysroot, 'ostree'), join(sysroot, 'link'));
    expect(findDeployments(join(sysroot, 'link/repo'))?.home).toBe(join(sysroot, 'ostree'));
  });

  it.each([
    A, `${A}.`, `${A}.x`, `${A}.-1`, `${A}.00`, `${A}.1e3`, `${A}.9999999999`, `${A}.0.origin`, ` ${A}.0`, `${A}.0\n`, `${A.toUpperCase()}.0`, `${A.slice(1)}.0`, `${A}a.0`, 'backing',
  ])('passes over the name %j', (name) => {
    const sysroot = freshSysroot();
    deploy(sysroot, name);
    expect(namesIn(join(sysroot, 'ostree/repo'))).toBeUndefined();
  });

  it('passes over what is no directory, symlinks at every step, and names that cannot be printed', () => {
    const sysroot = freshSysroot();
    const elsewhere = deploy(scratch.fresh('elsewhere'), `${B}.0`);
    deploy(sysroot, `${A}.0`);
    put(join(sysroot, 'ostree/deploy/myos/deploy', `${A}.1`), 'a file');
    symlinkSync(elsewhere, join(sysroot, 'ostree/deploy/myos/deploy', `${A}.2`));
    symlinkSync(join(elsewhere, '../..'), join(sysroot, 'ostree/deploy/linked-os'));
    mkdirSync(join(sysroot, 'ostree/deploy/half-linked'));
    symlinkSync(dirname(elsewhere), join(sysroot, 'ostree/deploy/half-linked/deploy'));
    for (const osname of ['red\u001B[31m', 'two\nlines', 'left\u202Eright']) deploy(sysroot, `${B}.0`, osname);
    mkdirSync(Buffer.from(join(sysroot, 'ostree/deploy/latin-\u00E9'), 'latin1'));
    mkdirSync(Buffer.from(join(sysroot, 'ostree/deploy/myos/deploy/latin-\u00E9'), 'latin1'));
    put(join(sysroot, 'ostree/deploy/file'), '');
    expect(namesIn(join(sysroot, 'ostree/repo'))).toEqual([['myos', A, 0]]);
  });

  it('finds none through a symlink in the place of ostree/deploy, and none around another repository', () => {
    const sysroot = freshSysroot();
    deploy(sysroot, `${A}.0`);
    const other = freshSysroot();
    expect(findDeployments(join(other, 'ostree/repo'))).toBeUndefined();
    symlinkSync(join(sysroot, 'ostree/deploy'), join(other, 'ostree/deploy'));
    expect(findDeployments(join(other, 'ostree/repo'))).toBeUndefined();
    renameSync(join(sysroot, 'ostree/repo'), join(sysroot, 'ostree/other'));
    expect(findDeployments(join(sysroot, 'ostree/other'))).toBeUndefined();
  });
});

describe('du of a sysroot', () => {
  const measure = ({ repo }: CraftedRepo): Promise<DuOutcome> => du({ repo, engine: jsEngine, pool: new InlinePool({ engine: jsEngine }) });

  function crafted(): { sysroot: string; made: CraftedRepo; shared: Checksum; content: Checksum } {
    const sysroot = scratch.fresh('sysroot');
    mkdirSync(join(sysroot, 'ostree'), { recursive: true });
    const made = new CraftedRepo(join(sysroot, 'ostree/repo'));
    return { sysroot, made, shared: made.file('shared'), content: made.file('deployed alone') };
  }

  it('takes deployments for holders of their commits alone, beside the refs', async () => {
    const { sysroot, made, shared, content } = crafted();
    const old = made.commit(made.tree([['old', content], ['shared', shared]]));
    const parent = made.commit(made.tree([['parent', made.file('parent')]]), { ref: 'parent' });
    const current = made.commit(made.tree([['new', made.file('new')], ['shared', shared]]), { parent, ref: 'main' });
    for (const name of [`${old}.0`, `${current}.0`, `${current}.1`]) deploy(sysroot, name);
    const { deployments, refs, shared: several, unreferenced, repository } = await measure(made);
    expect(deployments.map(({ osname, checksum, serial, alone, total }) => [osname, checksum, serial, alone.objects, total.objects])).toEqual([
      ['myos', old, 0, 3, 5],
      ...[0, 1].map((serial) => ['myos', current, serial, 0, 5]),
    ]);
    expect(refs.map(({ refspec, commits }) => [refspec, commits])).toEqual([['main', 2], ['parent', 1]]);
    expect(unreferenced.objects).toBe(0);
    expect([...refs, ...deployments].reduce((sum, { alone }) => sum + alone.bytes, several.bytes)).toBe(repository.bytes);
  });

  it('leaves out those refs only that libostree keeps for what is deployed', async () => {
    const { sysroot, made, shared } = crafted();
    const deployed = made.commit(made.tree([['a', shared]]), { ref: 'ostree/0/1/0' });
    const other = made.commit(made.tree([['b', shared]]), { ref: 'ostree/1/1/0' });
    for (const ref of ['ostree/0/1/x', 'ostree/2/1/0', 'os/ostree/0/1/0', 'origin:ostree/0/1/0']) writeRef(made.repo, ref, deployed, { fsync: false });
    const names = async (): Promise<string[]> => (await measure(made)).refs.map(({ refspec }) => refspec).toSorted();
    const without = ['origin:ostree/0/1/0', 'os/ostree/0/1/0', 'ostree/0/1/x', 'ostree/1/1/0', 'ostree/2/1/0'];
    expect(await names()).toEqual([...without.slice(0, 2), 'ostree/0/1/0', ...without.slice(2)]);
    const path = deploy(sysroot, `${deployed}.0`);
    expect(await names()).toEqual(without);
    expect((await measure(made)).refs.find(({ refspec }) => refspec === 'ostree/1/1/0')?.checksum).toBe(other);
    rmSync(path, { recursive: true });
    expect(await names()).toHaveLength(6);
    expect((await measure(made)).deployments).toEqual([]);
  });

  it('tells a deployment whose commit is not there: it holds nothing, and has files all the same', async () => {
    const { sysroot, made } = crafted();
    put(join(deploy(sysroot, `${A}.0`), 'etc/hosts'), 'four');
    const nothing = { objects: 0, bytes: 0 };
    expect((await measure(made)).deployments).toEqual([
      { osname: 'myos', checksum: A, serial: 0, total: nothing, alone: nothing, own: { files: 1, bytes: 4, unreadDirectories: 0 } },
    ]);
  });

  it('counts regular files that are no objects: links once, empty ones and what symlinks lead to never', async () => {
    const { sysroot, made, shared } = crafted();
    const root = deploy(sysroot, `${A}.0`);
    put(join(root, 'etc/own'), 'own');
    put(join(root, 'etc/empty'), '');
    put(join(root, 'usr/linked'), 'linked');
    linkSync(join(root, 'usr/linked'), join(root, 'etc/linked'));
    linkSync(made.pathOf(OBJECT_TYPE.file, shared), join(root, 'usr/object'));
    linkSync(made.pathOf(OBJECT_TYPE.file, shared), join(root, 'etc/object'));
    linkSync(made.pathOf(OBJECT_TYPE.dirmeta, made.meta), join(root, 'etc/metadata'));
    put(join(sysroot, 'outside/file'), 'not in it');
    symlinkSync('../../../../../outside', join(root, 'directory'));
    symlinkSync(join(sysroot, 'outside/file'), join(root, 'etc/link'));
    put(join(sysroot, 'ostree/deploy/myos/deploy', `${A}.0.origin`), '[origin]');
    expect((await measure(made)).deployments[0]?.own).toEqual({ files: 2, bytes: 9, unreadDirectories: 0 });
  });

  it('counts a file that two deployments link in each of them', async () => {
    const { sysroot, made } = crafted();
    const [first, second] = [deploy(sysroot, `${A}.0`), deploy(sysroot, `${B}.0`)];
    put(join(first, 'file'), 'both');
    linkSync(join(first, 'file'), join(second, 'file'));
    expect((await measure(made)).deployments.map(({ own }) => own.bytes)).toEqual([4, 4]);
  });

  it('goes on where a directory cannot be read, and says so', async () => {
    const { sysroot, made } = crafted();
    const root = deploy(sysroot, `${A}.0`);
    put(join(root, 'etc/own'), 'own');
    mkdirSync(join(root, 'strange'));
    writeFileSync(Buffer.from(join(root, 'strange/latin-\u00E9'), 'latin1'), 'unseen');
    expect((await measure(made)).deployments[0]?.own).toEqual({ files: 1, bytes: 3, unreadDirectories: 1 });
  });

  it('reads many directories, wide and deep', async () => {
    const { sysroot, made } = crafted();
    const root = deploy(sysroot, `${A}.0`);
    for (let index = 0; index < 100; index++) put(join(root, `wide/${index}/file`), 'x');
    put(join(root, ...Array.from({ length: 100 }, () => 'deep'), 'file'), 'x');
    expect((await measure(made)).deployments[0]?.own).toEqual({ files: 101, bytes: 101, unreadDirectories: 0 });
  });

  it('stops when it is told to', async () => {
    const { sysroot, made } = crafted();
    deploy(sysroot, `${A}.0`);
    const context = { repo: made.repo, engine: jsEngine, pool: new InlinePool({ engine: jsEngine }), signal: AbortSignal.abort() };
    await expect(du(context)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
