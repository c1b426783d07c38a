/** Anything that makes a bench worthless: a program that fails, or answers that differ. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
