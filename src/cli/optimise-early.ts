import { setFlagsFromString } from 'node:v8';
import { clockMilliseconds } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';

/** Both in times of the program's own start (some 35 ms where these were measured), so as to suit any machine. */
const PAUSE_AFTER_STARTS = 9;
const RESUME_AFTER_STARTS = 90;

/** How much code a function has run, in bytes of it, each time that V8 considers optimising it from then on: four times its own default. */
const LATE_BUDGET_BYTES = 4 * 132 * 1024;

/**
 * Has V8 optimise at the beginning of a run, by when it has done what is called for each file, and again in a long run.
 * What gets hot in between is called for each directory or batch, and most runs end before that has paid: without it
 * 44,000 files take 8 % less to commit, 9 % unchanged, and 132,000 1 % less, `fsck` 4 %, an archive of 44,000 1 % more (benches `commit`,
 * `recommit`, `checkout`, `fsck`, by wasm). To be called when a verb begins its work.
 */
export function optimiseEarly(engine: Engine): void {
  if (engine.name === 'native') return; // it does what there is to do for each file
  const start = clockMilliseconds();
  setFlagsAfter(start * (PAUSE_AFTER_STARTS - 1), ['--no-opt']);
  setFlagsAfter(start * (RESUME_AFTER_STARTS - 1), ['--opt', `--interrupt-budget=${LATE_BUDGET_BYTES}`]);
}

function setFlagsAfter(milliseconds: number, flags: readonly string[]): void {
  setTimeout(() => flags.forEach((flag) => setFlagsFromString(flag)), milliseconds).unref();
}
