import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { makeTwins } from '../support/twins.ts';
import type { Twins } from '../support/twins.ts';
import { agreeOn, makeReadTemplate } from './support-read.ts';

const PATHS: readonly string[] = [
  't/hello', 't/usr/bin/x', 't/link', 't', 't/etc', 't/etc/deep', 't/é', 'with-fifo/f', '/dev/null', 'to-t', 'to-t/', '.',
  't/hello t/link', '/nowhere/x',
];

describeWith([needs.referee, needs.native], 'checksum answers as ostree does', () => {
  const scratch = new Scratch('checksum');
  let twins: Twins;
  beforeAll(() => {
    twins = makeTwins(scratch, makeReadTemplate(scratch));
  });

  describe('paths', () => {
    agreeOn(() => twins, ['checksum', ...PATHS.flatMap((path) => [`checksum ${path}`, `checksum --ignore-xattrs ${path}`])]);
    agreeOn(() => twins, ['checksum nope', 'checksum t/hello/x', ['checksum', '']], { sameErrors: false });
  });

  it('refuses to leave xattrs out where the engine cannot read them', () => {
    const wasm = withWords(coppice, '--engine=wasm');
    expect(run(wasm, ['checksum', 't/hello'], { cwd: twins.ours.path })).toMatchObject({ status: 1, stdout: '' });
    expect(run(wasm, ['checksum', '--ignore-xattrs', 't/hello'], { cwd: twins.ours.path })).toMatchObject({ status: 0 });
  });
});
