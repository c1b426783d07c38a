import { CoppiceError } from '../../base/errors.ts';

/** Anything that makes a bench worthless: a program that fails, or answers that differ. Its code is BENCH_INVALID. */
export class BenchError extends CoppiceError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('BENCH_INVALID', message, options);
  }
}
