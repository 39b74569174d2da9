/** Pseudo-random choices that repeat themselves from their seed, so that a failure can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** An integer from 0 up to, but not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** Up to `most` of the pieces, joined. */
  text(pieces: readonly string[], most: number): string {
    return Array.from({ length: 1 + this.below(most) }, () => this.oneOf(pieces)).join(this.next() < 0.5 ? '' : ' ');
  }
}
