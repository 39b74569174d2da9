const GRAIN = 64 * 1024;
/** Sizes (in grains) above the wanted one that serve as well. */
const SLACK = 2;

/** A buffer on loan. */
export interface Loan {
  readonly buffer: Buffer;
  /** Gives it back: its bytes may be overwritten from now on. To be called once at most; one never given back is collected like any other. */
  readonly release: () => void;
}

/**
 * Large buffers, used again. V8 counts the memory of buffers against its heap: with a new one for every large answer it marks the whole heap
 * several times a second (docs/performance.md).
 */
export class AnswerBuffers {
  readonly #free = new Map<number, Buffer[]>();
  readonly #mostKept: number;
  #kept = 0;

  /** `mostKept`: bytes that wait here for use at most. */
  constructor(mostKept = 8 * 1024 * 1024) {
    this.#mostKept = mostKept;
  }

  /** Bytes that wait for use. */
  get kept(): number {
    return this.#kept;
  }

  /** A buffer of at least `length` bytes, with whatever it held before. */
  take(length: number): Loan {
    const grains = Math.ceil(length / GRAIN);
    const buffer = this.#reused(grains) ?? Buffer.allocUnsafeSlow(grains * GRAIN);
    let isLent = true;
    return {
      buffer,
      release: () => {
        if (isLent) this.#keep(buffer);
        isLent = false;
      },
    };
  }

  #reused(grains: number): Buffer | undefined {
    for (let size = grains; size <= grains + SLACK; size++) {
      const buffer = this.#free.get(size)?.pop();
      if (buffer === undefined) continue;
      this.#kept -= buffer.length;
      return buffer;
    }
    return undefined;
  }

  #keep(buffer: Buffer): void {
    if (this.#kept + buffer.length > this.#mostKept) return;
    this.#kept += buffer.length;
    const size = buffer.length / GRAIN;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer]);
    else free.push(buffer);
  }
}
