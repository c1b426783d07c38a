import { beforeAll, expect, it } from 'vitest';
import { coppice, run, succeedWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';

const KERNEL = 'mkdir -p tree/usr/lib/modules/5.1; echo k > tree/usr/lib/modules/5.1/vmlinuz';
const STAMP = '--repo=repo --timestamp=@1700000000 -b main';

describeWith([needs.referee], 'commit --bootable tells the kernel as ostree does', () => {
  const scratch = new Scratch('bootable');
  let template = '';
  beforeAll(() => {
    template = scratch.fresh('template');
    succeedWords(['sh', '-ec', `mkdir -p ${template}/tree; cd ${template}; ostree --repo=repo init --mode=archive`]);
  });
  const both = (script: string, ...lines: readonly string[]) =>
    runInBoth(makeTwins(scratch, template), [shell(script), ...lines.flatMap((words) => [command(words), command('--repo=repo show --raw main')])]);
  const bootable = (words: string): string => `commit ${STAMP} --bootable ${words}`;

  it.each([
    ['one kernel', KERNEL],
    ['directories beside it', `${KERNEL}; mkdir tree/usr/lib/modules/6; touch tree/usr/lib/modules/6/initramfs.img tree/usr/lib/modules/file`],
    ['an initramfs', `${KERNEL}; echo i > tree/usr/lib/modules/5.1/initramfs.img`],
    ['a kernel that is a symlink', 'mkdir -p tree/usr/lib/modules/7; ln -s nowhere tree/usr/lib/modules/7/vmlinuz'],
    ['a kernel that is a directory', 'mkdir -p tree/usr/lib/modules/7/vmlinuz'],
    ['an odd name', "mkdir -p 'tree/usr/lib/modules/é x'; echo > 'tree/usr/lib/modules/é x/vmlinuz'"],
    ['no kernel', 'mkdir -p tree/usr/lib/modules/5.1'],
    ['a version that is a symlink', `${KERNEL}; mv tree/usr/lib/modules/5.1 tree/5; ln -s ../../../5 tree/usr/lib/modules/5.1`],
    ['two kernels', `${KERNEL}; cp -r tree/usr/lib/modules/5.1 tree/usr/lib/modules/6`],
    ['a kernel in /boot alone', 'mkdir -p tree/boot tree/usr/lib/modules; echo > tree/boot/vmlinuz-5'],
    ['no modules', 'mkdir -p tree/usr/lib'],
    ['no tree to speak of', 'true'],
  ])('with %s', (_title, script) => void both(script, bootable('tree')));

  it.each([
    '--add-metadata-string=version=1 --add-metadata-string=zz=2 --add-metadata=a.b=1 --bind-ref=other',
    '--add-metadata-string=ostree.linux=mine --add-metadata-string=ostree.bootable=no',
    '--no-bindings --add-metadata-string=k=v',
    '--table-output',
    '--skip-if-unchanged',
    '--canonical-permissions --owner-uid=3',
    Array.from({ length: 12 }, (_, index) => `--add-metadata-string=k${index}=v`).join(' '),
  ])('with %s', (words) => void both(KERNEL, bootable(`${words} tree`), bootable(`${words} tree`)));

  it('keeps metadata beside it', () => {
    both(KERNEL, bootable('--add-metadata-string=k=v tree'), bootable('--keep-metadata=k --add-metadata-string=a=b tree'));
  });

  it('finds the kernel in other trees than directories, and in one that is laid together', () => {
    both(`${KERNEL}; mkdir -p other/usr/lib; tar cf tree.tar -C tree .`, bootable('--tree=tar=tree.tar'), bootable('--tree=ref=main'), bootable('--tree=dir=other --tree=dir=tree'));
  });

  it('leaves the ref where it was when there is no kernel', () => {
    both(KERNEL, bootable('tree'), `commit ${STAMP} --bootable --skip-if-unchanged tree`);
    both(`${KERNEL}; mkdir empty`, bootable('tree'), bootable('empty'));
  });

  it('in a collection, and a file where modules should be, on which ostree crashes', () => {
    const twins = makeTwins(scratch, template);
    runInBoth(twins, [shell(`${KERNEL}; ostree --repo=repo config set core.collection-id org.x.Y`), command(bootable('tree')), command('--repo=repo show --raw main')]);
    succeedWords(['sh', '-ec', `cd ${inWorld(twins.ours, '.')}; rm -r tree/usr/lib/modules; touch tree/usr/lib/modules`]);
    const refused = run(coppice, bootable('tree').split(' '), { cwd: twins.ours.path });
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: 'error: Not a directory: /usr/lib/modules\n' });
  });
});
