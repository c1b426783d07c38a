import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Amount, DuOutcome } from '../../src/ops/du/index.ts';
import { JsonSchema } from '../support/json-schema.ts';
import { coppice, run, runWords, succeed, succeedWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const schema = new JsonSchema(JSON.parse(readFileSync(new URL('../../src/cli/report.schema.json', import.meta.url), 'utf8')));

const TREE = `
mkdir -p tree/usr/etc tree/usr/lib/modules/6.1 tree/usr/bin
echo ID=myos > tree/usr/lib/os-release
echo kernel > tree/usr/lib/modules/6.1/vmlinuz; echo initramfs > tree/usr/lib/modules/6.1/initramfs.img
printf 0123456789 > tree/usr/etc/kept; printf 0123456789 > tree/usr/etc/edited; : > tree/usr/etc/empty; : > tree/usr/lib/empty
head -c 2000 /dev/zero > tree/usr/lib/shared`;

/** The sysroot is made by ostree itself; the first deployment's ref is gone, so that it holds its large file alone. */
const SYSROOT = `
export PATH="$PATH:/usr/sbin:/sbin"
mkdir S; ostree admin init-fs S; ostree admin --sysroot=S os-init myos
${TREE}
head -c 100000 /dev/urandom > tree/usr/bin/big; ostree --repo=S/ostree/repo commit -b os/one tree; ostree admin --sysroot=S deploy --os=myos os/one
head -c 200000 /dev/urandom > tree/usr/bin/big; ostree --repo=S/ostree/repo commit -b os/two tree; ostree admin --sysroot=S deploy --os=myos os/two
ostree --repo=S/ostree/repo refs --delete os/one`;

describeWith([needs.referee, needs.root], 'du of deployments', () => {
  const scratch = new Scratch('du-deployments');
  const place = scratch.fresh('place');
  const sysroot = join(place, 'S');
  const repo = join(sysroot, 'ostree/repo');
  const stateroot = join(sysroot, 'ostree/deploy/myos/deploy');
  let older = '';
  let newer = '';

  const report = (...words: string[]): DuOutcome => JSON.parse(succeed(coppice, ['du', `--repo=${repo}`, '--json', ...words])) as DuOutcome;
  const text = (...words: string[]): string => succeed(coppice, ['du', `--repo=${repo}`, ...words]);
  const deploymentOf = (name: string, words: readonly string[] = []) =>
    report(...words).deployments.find(({ checksum, serial }) => `${checksum}.${serial}` === name);
  const short = (name: string): string => `myos/${name.slice(0, 12)}.0`;

  scratch.beforeRemoval(() => runWords(['sh', '-c', 'chattr -i "$1"/*.[0-9]', 'sh', stateroot], { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } }));

  beforeAll(() => {
    mkdirSync(place);
    succeedWords(['sh', '-ec', SYSROOT], { cwd: place });
    const status = succeedWords(['ostree', 'admin', `--sysroot=${sysroot}`, 'status']);
    [newer = '', older = ''] = [...status.matchAll(/myos ([0-9a-f]{64}\.\d+)/g)].map(([, name = '']) => name);
    expect(readdirSync(stateroot)).toEqual(expect.arrayContaining([newer, older]));
  });

  it('tells the deployments that `ostree admin status` tells, and not the refs that are theirs', () => {
    const { deployments, refs } = report();
    expect(deployments.map(({ osname, checksum, serial }) => [osname, `${checksum}.${serial}`])).toEqual([['myos', older], ['myos', newer]]);
    expect(refs.map(({ refspec }) => refspec)).toEqual(['os/two']);
    expect(succeedWords(['ostree', `--repo=${repo}`, 'refs'])).toContain('ostree/0/1/0');
  });

  it('prints what the schema describes, and all adds up', () => {
    const whole = report();
    expect(schema.faults('du', whole)).toEqual([]);
    expect([...whole.refs, ...whole.deployments].reduce((sum, { alone }) => sum + alone.bytes, whole.shared.bytes + whole.unreferenced.bytes)).toBe(whole.repository.bytes);
  });

  it('an older deployment without a ref holds alone what only its commit has', () => {
    const { alone, total } = deploymentOf(older) ?? {};
    expect(alone?.bytes).toBeGreaterThan(100_000);
    expect(alone?.bytes).toBeLessThan(102_000);
    expect(total?.bytes).toBeGreaterThan(102_000);
    expect(deploymentOf(newer)?.alone).toEqual({ objects: 0, bytes: 0 });
  });

  it('counts as own what is in /etc, edited and new files with it, and nothing that is a link into the repository', () => {
    const before = deploymentOf(older)?.own;
    expect(before).toEqual({ files: 2, bytes: 20, unreadDirectories: 0 });
    appendFileSync(join(stateroot, older, 'etc/edited'), 'and more');
    mkdirSync(join(stateroot, older, 'etc/new.d'));
    writeFileSync(join(stateroot, older, 'etc/new.d/new'), 'new');
    expect(deploymentOf(older)?.own).toEqual({ files: 3, bytes: 31, unreadDirectories: 0 });
    expect(deploymentOf(newer)?.own).toEqual(before);
  });

  it.each(['js', 'wasm'])('tells the same by the %s engine', (engine) => {
    expect(report(`--engine=${engine}`)).toEqual(report());
  });

  it('prints them in the table, and those alone that were named', () => {
    const lines = text().split('\n');
    expect(lines[0]).toMatch(/^ *ALONE +SHARED +TOTAL +COMMITS +OWN FILES +REF OR DEPLOYMENT$/);
    expect(lines[1]).toMatch(new RegExp(`^ *100\\.\\d\\u00A0kB .* - +31 bytes {2}deployment ${short(older)}$`));
    expect(lines[2]).toMatch(/ 1 +- {2}os\/two$/);
    expect(lines[3]).toMatch(new RegExp(` - +20 bytes {2}deployment ${short(newer)}$`));
    expect(lines.slice(5)).toEqual([expect.stringMatching(/^Shared by several refs or deployments: /), 'Held by no ref or deployment: 0 bytes in 0 objects', 'Own files of deployments: 51 bytes in 5 files']);
    expect(text(short(older)).split('\n')[2]).toMatch(/^Repository: /);
    expect(report(short(older), 'os/two').deployments).toHaveLength(1);
    expect(report(`myos/${newer}`)).toMatchObject({ refs: [], deployments: [{ serial: 0 }] });
    expect(text('os/two')).toMatch(/ 1 {2}os\/two\nRepository: .*\nShared by several refs or deployments: .*\nHeld by no ref or deployment: .*$/);
    expect(run(coppice, ['du', `--repo=${repo}`, 'myos/0.0'])).toMatchObject({ status: 1, stderr: expect.stringContaining("Refspec 'myos/0.0' not found") });
  });

  it('draws what they hold alone and what is their own, and tells the rest in the table of the page', () => {
    const path = scratch.fresh('page.html');
    expect(text(`--html=${path}`)).toBe('');
    const page = readFileSync(path, 'utf8');
    expect(page).toContain(`<title>deployment ${short(older)}, `);
    expect(page).toContain(`<g data-kind="own" data-bytes="31"><title>own files of deployment ${short(older)}, 31 bytes</title>`);
    expect(page).toContain(`<td>20 bytes</td><td>deployment ${short(newer)}</td>`);
    expect(page.match(/<rect /g)).toHaveLength(4);
  });

  it('passes over symlinks and strange names beside them', () => {
    const before = report();
    const [link, name] = [`${'0'.repeat(64)}.0`, `${'1'.repeat(64)}.x`];
    const beside = (script: string): string => succeedWords(['sh', '-ec', script, 'sh', older, link, name], { cwd: stateroot });
    beside(`ln -s "$1" "$2"; mkdir "$3" strange "$(printf 'latin-\\351')"; ln -s myos ../../linked`);
    expect(report()).toEqual(before);
    beside('rm "$2" ../../linked; rmdir "$3" strange latin-*');
  });

  it('finds them through a symlink to the sysroot', () => {
    succeedWords(['ln', '-s', sysroot, join(place, 'link')]);
    expect(JSON.parse(succeed(coppice, ['du', `--repo=${join(place, 'link/ostree/repo')}`, '--json']))).toEqual(report());
  });

  it('is silent about them where the repository stands alone', () => {
    const alone = scratch.fresh('alone');
    succeedWords(['cp', '-a', repo, alone]);
    const { deployments, refs } = JSON.parse(succeed(coppice, ['du', `--repo=${alone}`, '--json'])) as DuOutcome;
    expect(deployments).toEqual([]);
    expect(refs.map(({ refspec }) => refspec).toSorted()).toEqual(['os/two', 'ostree/0/1/0', 'ostree/0/1/1']);
    expect(succeed(coppice, ['du', `--repo=${alone}`])).toMatch(/^ *ALONE +SHARED +TOTAL +COMMITS +REF\n[^]*\nHeld by no ref: .*$/);
  });

  it('what a deployment holds alone is what ostree frees when it undeploys', () => {
    const bytes = (): number => report().repository.bytes;
    const [before, held] = [bytes(), deploymentOf(older)?.alone as Amount];
    succeedWords(['ostree', 'admin', `--sysroot=${sysroot}`, 'undeploy', '1']);
    expect(before - bytes()).toBe(held.bytes);
    expect(deploymentOf(older)).toBeUndefined();
  });
});

describeWith([needs.referee, needs.mount], 'du of a deployment with a mount in it', () => {
  const scratch = new Scratch('du-mount');

  it('does not enter other file systems', () => {
    const sysroot = scratch.fresh('sysroot');
    const root = join(sysroot, 'ostree/deploy/myos/deploy', `${'a'.repeat(64)}.0`);
    mkdirSync(join(root, 'mnt'), { recursive: true });
    writeFileSync(join(root, 'own'), 'own');
    succeedWords(['ostree', `--repo=${sysroot}/ostree/repo`, 'init', '--mode=bare']);
    const script = 'mount -t tmpfs none "$1/mnt"; echo there > "$1/mnt/file"; shift; "$@"';
    const answer = succeedWords(['unshare', '-m', 'sh', '-ec', script, 'sh', root, ...coppice.words, 'du', `--repo=${sysroot}/ostree/repo`, '--json']);
    expect(JSON.parse(answer)).toMatchObject({ deployments: [{ own: { files: 1, bytes: 3 } }] });
  });
});
