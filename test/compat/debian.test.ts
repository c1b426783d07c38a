import { beforeAll, describe } from 'vitest';
import { join } from 'node:path';
import { needsDebian, writeDebianTree } from '../support/debian-tree.ts';
import { mainJobSuite, WRITABLE_MODES } from '../support/main-job.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

describeWith([needs.referee, needs.native, needsDebian], 'a Debian root tree', () => {
  const scratch = new Scratch('debian');
  const source = join(scratch.path, 'source');
  beforeAll(() => {
    writeDebianTree(source);
  });

  describe.each(WRITABLE_MODES)('in mode %s', (mode) => {
    mainJobSuite(mode, scratch, () => source);
  });
});
