// The program of a worker thread. Loaded by piscina it is what answers tasks; as a thread's own script it is piscina's side, too.
export { default } from '../src/worker.ts';

/** Has piscina's own script, bundled, take the thread's messages. */
export function main() {
  return import('../node_modules/piscina/dist/worker.js');
}
