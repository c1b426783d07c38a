import { CoppiceError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';

/**
 * Stands where a repository wants an engine and the verb uses none: asking anything of it is a programming error.
 * Loading even the js engine costs a third of a short command's time.
 */
export const NO_ENGINE: Engine = new Proxy({} as Engine, {
  get(_target, property): never {
    throw new CoppiceError('INTERNAL', `a verb without an engine asked one for "${String(property)}"`);
  },
});
