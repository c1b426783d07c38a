import { clockMilliseconds } from '../../base/clock.ts';

const INTERVAL_MILLISECONDS = 1000;

/**
 * Progress as ostree tells it where standard output is no terminal: `fsck objects (1/21) 4%`. The first object and the
 * last have their lines, between them there is one a second.
 */
export class PercentLines {
  readonly #title: string;
  readonly #out: (text: string) => void;
  #last = 0;
  #finished = false;

  constructor(title: string, out: (text: string) => void) {
    this.#title = title;
    this.#out = out;
  }

  tell(done: number, total: number): void {
    if (this.#last === 0) this.#line(1, total);
    else if (done === total || clockMilliseconds() - this.#last >= INTERVAL_MILLISECONDS) this.#line(done, total);
  }

  #line(done: number, total: number): void {
    if (this.#finished) return;
    this.#last = clockMilliseconds();
    this.#finished = done === total;
    this.#out(`${this.#title} (${done}/${total}) ${Math.floor((done / total) * 100)}%\n`);
  }
}
