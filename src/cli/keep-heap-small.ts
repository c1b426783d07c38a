import { setFlagsFromString } from 'node:v8';

const AGAIN_MILLISECONDS = 50;

/**
 * Keeps V8's young generation at its first size. A verb that streams makes much garbage and keeps nothing, and V8 would
 * give it 48 MB to do so; collecting more often costs it nothing (benches `commit:tar`, `export`). Starting a worker
 * puts the flag back, so it is set again as long as the program runs.
 */
export function keepHeapSmall(): void {
  stopGrowth();
  setInterval(stopGrowth, AGAIN_MILLISECONDS).unref();
}

function stopGrowth(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
