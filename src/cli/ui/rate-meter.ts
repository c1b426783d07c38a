interface Sample {
  readonly milliseconds: number;
  readonly amount: number;
}

/** How far back the rate looks. */
const WINDOW_MILLISECONDS = 8000;
/** Below this much history any rate is a guess, and none is told. */
const MINIMUM_MILLISECONDS = 1000;

/** The speed of something that grows, over the last seconds. */
export class RateMeter {
  #samples: Sample[] = [];

  add(milliseconds: number, amount: number): void {
    this.#samples = this.#samples.filter((sample) => milliseconds - sample.milliseconds <= WINDOW_MILLISECONDS);
    this.#samples.push({ milliseconds, amount });
  }

  /** Amount a second, or undefined while too little is known or nothing moves. */
  perSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const [time, amount] = [last.milliseconds - first.milliseconds, last.amount - first.amount];
    return time < MINIMUM_MILLISECONDS || amount <= 0 ? undefined : (amount * 1000) / time;
  }
}
