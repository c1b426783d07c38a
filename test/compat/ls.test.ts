import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { makeTwins } from '../support/twins.ts';
import type { Twins } from '../support/twins.ts';
import { agreeOn, inEachMode, makeReadTemplate } from './support-read.ts';

const PATHS: readonly string[] = [
  '/', '/etc', 'etc', 'etc/conf /hello', 'usr/', '/nope', '/etc/nope', '/hello/x', '/nope/x', 'hello nope etc', '/usr/../etc', './etc',
  '//etc//conf', '..', 'etc//', 'etc///', '///hello', 'hello//hello', 'etc/deep/', 'hello/', 'link', 'to-directory/conf', 'é', '-- -x',
];

describeWith([needs.referee, needs.native], 'ls answers as ostree does', () => {
  const scratch = new Scratch('ls');
  let twins: Twins;
  beforeAll(() => {
    twins = makeTwins(scratch, makeReadTemplate(scratch));
  });

  describe('listings', () => {
    agreeOn(
      () => twins,
      inEachMode(['ls main', 'ls -R main', 'ls -RCX main', 'ls -d main', 'ls -d -R left', 'ls --nul-filenames-only -R -C main', 'ls main^ /etc']),
    );
  });

  describe('paths', () => {
    agreeOn(() => twins, [
      ...PATHS.map((path) => `--repo=archive ls main ${path}`),
      '--repo=archive ls -d main etc hello /usr/bin',
      '--repo=archive ls -dC main etc',
      ['--repo=archive', 'ls', 'main', ''],
      '--repo=archive ls nope',
      `--repo=archive ls ${'0'.repeat(64)}`,
    ]);
    agreeOn(() => twins, ['--repo=archive ls'], { sameErrors: false });
  });

  it('tells entries as a JSON array', () => {
    const { stdout } = run(coppice, ['--repo=archive', 'ls', '--json', '-X', 'main', 'hello', 'link', '/usr/bin'], { cwd: twins.ours.path });
    expect(JSON.parse(stdout)).toMatchObject([
      {
        path: '/hello',
        kind: 'file',
        mode: '0100644',
        sizeBytes: 12,
        xattrs: [
          { name: 'user.bin', base64: 'AP8=' },
          { name: 'user.foo', base64: 'YmFy' },
        ],
      },
      { path: '/link', kind: 'symlink', target: 'other' },
      { path: '/usr/bin', kind: 'directory', xattrs: [] },
      { path: '/usr/bin/x', mode: '0104755' },
    ]);
  });
});
