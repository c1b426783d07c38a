import { setImmediate as eventLoopTurn } from 'node:timers/promises';

/**
 * Lets the event loop of a worker turn between tasks. Piscina hands a busy worker one task after the other without, and
 * node frees the buffers of the native engine only there.
 */
export class EventLoopTurns {
  readonly #every: number;
  #calls = 0;

  /** One call in `every` makes a turn. */
  constructor(every: number) {
    this.#every = every;
  }

  async take(): Promise<void> {
    this.#calls += 1;
    if (this.#calls % this.#every === 0) await eventLoopTurn();
  }
}
