import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import * as api from '../../src/index.ts';
import { emitDeclarations, publicSurface } from '../support/public-surface.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('public-api');

/** A change that is meant is taken over with `npx vitest run test/house/public-api.test.ts -u`, and told in CHANGELOG. */
const surface = (): string => publicSurface(join(scratch.path, 'index.d.ts'));

beforeAll(() => {
  emitDeclarations(scratch.path);
});

it('exports what the committed snapshot says', async () => {
  await expect(surface()).toMatchFileSnapshot('public-api.snapshot');
});

it('has every function and class of the snapshot at run time, and nothing else', () => {
  const [exported = ''] = surface().split('# Mentioned');
  const values = new Set([...exported.matchAll(/^(?:function|class|value) (\w+)/gm)].map(([, name]) => name));
  expect(Object.keys(api).toSorted()).toEqual([...values]);
});
