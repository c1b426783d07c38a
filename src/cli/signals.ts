import { constants } from 'node:os';
import { CoppiceError } from '../base/errors.ts';

const STOPPING = ['SIGINT', 'SIGTERM'] as const;
type StoppingSignal = (typeof STOPPING)[number];

/** Turns the first SIGINT or SIGTERM into an abort; the second one ends the process at once. */
export interface SignalWatch {
  /** Its reason is a CANCELLED whose fact `signal` is the name of the signal. */
  readonly signal: AbortSignal;
  /** 128 + the number of the signal that came, or undefined while none has. */
  exitStatus(): number | undefined;
  stop(): void;
}

const statusOf = (name: StoppingSignal): number => 128 + constants.signals[name];

export function watchSignals(): SignalWatch {
  const controller = new AbortController();
  const came: StoppingSignal[] = [];
  const onSignal = (name: StoppingSignal): void => {
    if (came.length > 0) process.exit(statusOf(name));
    came.push(name);
    controller.abort(new CoppiceError('CANCELLED', `interrupted by ${name}`, { facts: { signal: name } }));
  };
  for (const name of STOPPING) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitStatus: () => (came[0] === undefined ? undefined : statusOf(came[0])),
    stop() {
      for (const name of STOPPING) process.off(name, onSignal);
    },
  };
}
