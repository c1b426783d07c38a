import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Twins } from '../support/twins.ts';
import { agreeOn, inEachMode, makeReadTemplate } from './support-read.ts';

const REMOVE_PARENT = 'p=$(ostree --repo=archive rev-parse main^); rm archive/objects/$(echo $p | cut -c1-2)/$(echo $p | cut -c3-).commit';

describeWith([needs.referee], 'log answers as ostree does', () => {
  const scratch = new Scratch('log');
  let template: string;
  let twins: Twins;
  beforeAll(() => {
    template = makeReadTemplate(scratch);
    twins = makeTwins(scratch, template);
  });

  describe('histories', () => {
    agreeOn(() => twins, [
      ...inEachMode(['log main', 'log --raw main', 'log main^', 'log left']),
      '--repo=archive log nope',
      `--repo=archive log ${'0'.repeat(64)}`,
    ]);
    agreeOn(() => twins, ['--repo=archive log'], { sameErrors: false });
  });

  it.each(['main', '--raw main'])('says where the history ends early (log %s)', (words) => {
    const cut = makeTwins(scratch, template);
    const last = runInBoth(cut, [shell(REMOVE_PARENT), command(`--repo=archive log ${words}`)]);
    expect(last.stdout).toContain('<< History beyond this commit not fetched >>');
  });

  it('tells the history as a JSON array, newest first', () => {
    const { stdout } = run(coppice, ['--repo=archive', 'log', '--json', 'main'], { cwd: twins.ours.path });
    expect(JSON.parse(stdout)).toMatchObject([{ subject: '' }, { subject: 'first subject', parent: null }]);
  });
});
