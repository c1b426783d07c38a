/**
 * Back-pressure: at most `limit` promises in flight; the first failure stops the rest.
 *
 * `add` waits while the flow is full; `drain` waits for all. After a failure both throw that first error, and
 * `drain` still waits until nothing runs any more, so that the caller may clean up after it.
 */
export class Flow {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Starts `work` once there is room; what it resolves to is its own business. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit && this.#failure === undefined) await Promise.race(this.#running);
    this.#throwFailure();
    const running = work().catch((error: unknown) => this.fail(error));
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Records an error found outside of `work`; the first one wins. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Waits until something that runs has ended; false where nothing runs. */
  async next(): Promise<boolean> {
    if (this.#running.size === 0) return false;
    await Promise.race(this.#running);
    this.#throwFailure();
    return true;
  }

  /** Waits until nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Waits until nothing runs; throws the first failure then. */
  async drain(): Promise<void> {
    await this.idle();
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
