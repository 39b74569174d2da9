const STEP_MS = 20;
const ROUND_MS = 200;
/** One second. */
const SAMPLES = 50;

/**
 * How late the event loop comes to what is due, from a timer every 20 ms. Node's own histogram loses the pause that follows a reset, which is
 * why it is not used.
 */
export class EventLoopDelay {
  readonly #samples = new Float64Array(SAMPLES);
  readonly #listeners: ((milliseconds: number) => void)[] = [];
  #position = 0;
  #due = performance.now() + STEP_MS;
  #worstOfRound = 0;
  #roundStarted = performance.now();
  #worst = 0;
  #total = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), STEP_MS).unref();
  }

  /** The 99th percentile of the last second, in milliseconds. */
  get p99(): number {
    return this.#samples.toSorted()[Math.ceil(SAMPLES * 0.99) - 1]!;
  }

  /** The longest since the last call of this, in milliseconds. */
  takeWorst(): number {
    const worst = this.#worst;
    this.#worst = 0;
    return worst;
  }

  /** All delays together, in milliseconds. */
  get total(): number {
    return this.#total;
  }

  /** Called every 200 ms, or as soon as a late event loop comes to it, with the longest delay since the last time. */
  onRound(listener: (milliseconds: number) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const now = performance.now();
    const late = Math.max(0, now - this.#due);
    this.#due = now + STEP_MS;
    this.#samples[this.#position] = late;
    this.#position = (this.#position + 1) % SAMPLES;
    this.#total += late;
    if (late > this.#worst) this.#worst = late;
    if (late > this.#worstOfRound) this.#worstOfRound = late;
    if (now - this.#roundStarted < ROUND_MS) return;
    this.#roundStarted = now;
    const worst = this.#worstOfRound;
    this.#worstOfRound = 0;
    for (const listener of this.#listeners) listener(worst);
  }
}
