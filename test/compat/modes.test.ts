import { beforeAll, describe } from 'vitest';
import { join } from 'node:path';
import { mainJobSuite, WRITABLE_MODES } from '../support/main-job.ts';
import { nastyTree } from '../support/nasty-tree.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

describeWith([needs.referee, needs.root, needs.native], 'the nasty tree', () => {
  const scratch = new Scratch('modes');
  const source = join(scratch.path, 'source');
  beforeAll(() => {
    writeTree(source, nastyTree());
  });

  describe.each(WRITABLE_MODES)('in mode %s', (mode) => {
    mainJobSuite(mode, scratch, () => source);
  });
});
