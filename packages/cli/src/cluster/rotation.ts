import type { Target } from './target.js';

/** Calls that may wait for a worker at the same time. */
const MOST_WAITING = 1_000;

/** The workers that get calls: the one with the fewest at work comes first, and those with equally many take turns. */
export class Rotation {
  readonly #targets: Target[] = [];
  readonly #waiting = new Set<() => void>();
  #next = 0;

  get size(): number {
    return this.#targets.length;
  }

  has(target: Target): boolean {
    return this.#targets.includes(target);
  }

  add(target: Target): void {
    if (this.has(target)) return;
    this.#targets.push(target);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  remove(target: Target): void {
    const index = this.#targets.indexOf(target);
    if (index < 0) return;
    this.#targets.splice(index, 1);
    if (index < this.#next) this.#next--;
  }

  /** The worker for the next call, none of `tried`; undefined where there is none. */
  take(tried: ReadonlySet<Target>): Target | undefined {
    const count = this.#targets.length;
    let best = -1;
    for (let step = 0; step < count; step++) {
      const index = (this.#next + step) % count;
      const target = this.#targets[index]!;
      if (tried.has(target)) continue;
      if (best < 0 || target.inFlight < this.#targets[best]!.inFlight) best = index;
    }
    if (best < 0) return undefined;
    this.#next = (best + 1) % count;
    return this.#targets[best];
  }

  /** As `take`, but waits for a worker for up to `patience` milliseconds, as long as not too many wait already. */
  async wait(tried: ReadonlySet<Target>, patience: number): Promise<Target | undefined> {
    for (const deadline = performance.now() + patience; ; ) {
      const target = this.take(tried);
      const left = deadline - performance.now();
      if (target !== undefined || left <= 0 || this.#waiting.size >= MOST_WAITING) return target;
      await this.#change(left);
    }
  }

  #change(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        resolve();
      }, patience);
      this.#waiting.add(wake);
    });
  }
}
