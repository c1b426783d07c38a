import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { makeTwins, runInBoth } from '../support/twins.ts';
import type { Twins } from '../support/twins.ts';
import { agreeOn, askShell, inEachMode, makeReadTemplate, MODES, toCommand } from './support-read.ts';

const NOTHING = '0'.repeat(64);
const OBJECT_CHECKSUMS = `ls -RC main | awk '{print $5; if ($1 ~ /^d/) print $6}' | sort -u`;

describeWith([needs.referee, needs.native], 'show answers as ostree does', () => {
  const scratch = new Scratch('show');
  let twins: Twins;
  beforeAll(() => {
    twins = makeTwins(scratch, makeReadTemplate(scratch));
  });

  describe('commits', () => {
    agreeOn(() => twins, [
      ...inEachMode(['show main', 'show main^', 'show --raw main', 'show -B main', 'show --raw -B main', 'show left', 'show right']),
      '--repo=archive show main^ --print-metadata-key=version',
      '--repo=archive show main^ --print-metadata-key=x',
      '--repo=archive show -B main^ --print-metadata-key=x',
      '--repo=archive show main --print-metadata-key=nope',
      '--repo=archive show main --print-metadata-key=',
      '--repo=archive show main^ --print-detached-metadata-key=SIG',
      '--repo=archive show main^ --print-detached-metadata-key=nope',
      '--repo=archive show main --print-detached-metadata-key=SIG',
      '--repo=archive show main^ --print-metadata-key=version --print-detached-metadata-key=SIG',
      '--repo=archive show main --print-related',
      '--repo=archive show main --raw --print-related',
      '--repo=archive show sized --print-sizes',
      '--repo=archive show main --print-sizes',
      '--repo=archive show sized --print-metadata-key=ostree.sizes',
      '--repo=archive show nope',
      '--repo=archive show nope --print-related',
      '--repo=archive show E84d',
      '--repo=archive show one two',
      `--repo=archive show ${NOTHING}`,
      `--repo=bare show ${NOTHING}`,
      `--repo=archive show --print-sizes ${NOTHING}`,
      `--repo=archive show --print-related ${NOTHING}`,
      `--repo=archive show --print-detached-metadata-key=a ${NOTHING}`,
      '--repo=/nowhere show main',
    ]);
    agreeOn(() => twins, ['--repo=archive show', 'show main'], { sameErrors: false });
  });

  it.each(MODES)(
    'prints objects of every type of a %s repository',
    (mode) => {
      const checksums = askShell(twins, `ostree --repo=${mode} ${OBJECT_CHECKSUMS}`).split('\n');
      expect(checksums.length).toBeGreaterThan(10);
      for (const checksum of checksums) runInBoth(twins, [toCommand(`--repo=${mode} show ${checksum}`)]);
      for (const checksum of checksums.slice(0, 6)) {
        runInBoth(twins, [toCommand(`--repo=${mode} show --raw ${checksum}`), toCommand(`--repo=${mode} show -B ${checksum}`)]);
      }
    },
    120_000,
  );

  describe('files read as a variant', () => {
    agreeOn(() => twins, [
      '--repo=archive show --print-variant-type=ay t/hello',
      '--repo=archive show --print-variant-type=(yyyyyyyyyyyy) t/hello',
      '--repo=archive show --print-variant-type=(uuu) t/hello',
      '--repo=archive show -B --print-variant-type=(uuu) t/hello',
      '--repo=archive show --print-variant-type=a{sv} nofile',
      '--repo=archive show --print-related --print-variant-type=s t/hello',
    ]);
    agreeOn(() => twins, ['--repo=archive show --print-variant-type=s t'], { sameErrors: false });
  });

  it('refuses a type that is none, where ostree crashes', () => {
    const { status, stderr } = run(coppice, ['--repo=archive', 'show', '--print-variant-type=zz', 't/hello'], { cwd: twins.ours.path });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'error: invalid type string: "zz" is no type\n' });
  });

  it('tells a commit as JSON', () => {
    const { stdout, status } = run(coppice, ['--repo=archive', 'show', '--json', 'main^'], { cwd: twins.ours.path });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'commit',
      parent: null,
      subject: 'first subject',
      timestampSeconds: 1_700_000_000,
      metadata: { version: "'1.0'", 'ostree.ref-binding': "['main']" },
    });
  });
});
