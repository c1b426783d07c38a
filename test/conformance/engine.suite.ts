import { describe, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { Scratch } from '../support/scratch.ts';
import { kernelSuite } from './kernels.suite.ts';
import { storeSuite } from './store.suite.ts';

/** What every engine owes its callers. A missing engine is a skipped test with its name, never silence. */
export function engineSuite(name: string, makeEngine: () => Engine | undefined): void {
  const engine = makeEngine();
  if (engine === undefined) {
    it.skip(`the ${name} engine conforms`, () => {});
    return;
  }
  describe(`the ${name} engine`, () => {
    const scratch = new Scratch(`engine-${engine.name}`);
    describe('kernels', () => kernelSuite(engine));
    describe('store', () => storeSuite(engine, scratch));
  });
}
