import type { Logger } from '@headgate/core';

const FLUSH_MS = 200;
const MOST = 10_000;

/** Lines of calls, kept for a moment and written together, so that no call waits for the log. */
export class AccessLog {
  readonly isOn: boolean;
  readonly #log: Logger;
  #lines: Record<string, unknown>[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, isOn: boolean) {
    this.#log = log;
    this.isOn = isOn;
  }

  add(line: Record<string, unknown>): void {
    if (this.#lines.length >= MOST) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) this.#log.info('call', line);
    if (this.#dropped > 0) this.#log.warn('Lines of calls were dropped because the log was too slow', { dropped: this.#dropped });
    this.#dropped = 0;
  }
}
