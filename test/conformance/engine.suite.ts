import { describe, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { Scratch } from '../support/scratch.ts';
import { attackSuite } from './attack.suite.ts';
import { bytesSuite } from './bytes.suite.ts';
import { checkoutSuite } from './checkout.suite.ts';
import { kernelSuite } from './kernels.suite.ts';
import { raceSuite } from './race.suite.ts';
import { refusalSuite } from './refusals.suite.ts';
import { scanSuite } from './scan.suite.ts';
import { storeSuite } from './store.suite.ts';
import { sweepSuite } from './sweep.suite.ts';
import { verifySuite } from './verify.suite.ts';

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
    describe('scan', () => scanSuite(engine, scratch));
    describe('store', () => storeSuite(engine, scratch));
    describe('bytes', () => bytesSuite(engine, scratch));
    describe('checkout', () => checkoutSuite(engine, scratch));
    describe('verify', () => verifySuite(engine, scratch));
    describe('sweep', () => sweepSuite(engine, scratch));
    describe('refusals', () => refusalSuite(engine, scratch));
    describe('attacks', () => attackSuite(engine, scratch));
    describe('races', () => raceSuite(engine, scratch));
  });
}
