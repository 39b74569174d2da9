import type { Logger } from '@headgate/core';

const FLUSH_MS = 200;
/** Lines that are kept at most. */
const MOST = 10_000;
/** Lines that are written in one turn of the event loop, so that calls come in between. */
const SLICE = 100;
/** Bytes of log that its files and streams have not taken yet; beyond, lines of calls are dropped. */
const MOST_BACKLOG = 16 * 1024 ** 2;

export interface AccessLogTarget extends Pick<Logger, 'info' | 'warn'> {
  /** Bytes that wait to be written. */
  readonly backlog?: number;
}

/** Lines of calls, kept for a moment and written in small portions between calls, so that no call waits for the log. */
export class AccessLog {
  readonly isOn: boolean;
  readonly #log: AccessLogTarget;
  #lines: Record<string, unknown>[] = [];
  #written = 0;
  #dropped = 0;
  #unsaid = 0;
  #timer: NodeJS.Timeout | undefined;
  #next: NodeJS.Immediate | undefined;

  constructor(log: AccessLogTarget, isOn: boolean) {
    this.#log = log;
    this.isOn = isOn;
  }

  /** Lines that were dropped since the process started, because the log was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  add(line: Record<string, unknown>): void {
    if (this.#lines.length - this.#written >= MOST) {
      this.#drop(1);
      return;
    }
    this.#lines.push(line);
    if (this.#next === undefined) this.#timer ??= setTimeout(() => this.#writeSlice(), FLUSH_MS).unref();
  }

  /** Writes all at once: the process is about to end. */
  flush(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
    this.#timer = undefined;
    this.#next = undefined;
    this.#write(this.#lines.length);
  }

  #writeSlice(): void {
    this.#timer = undefined;
    this.#next = undefined;
    this.#write(this.#written + SLICE);
    if (this.#lines.length > 0) this.#next = setImmediate(() => this.#writeSlice()).unref();
  }

  #write(end: number): void {
    const lines = this.#lines;
    if ((this.#log.backlog ?? 0) > MOST_BACKLOG) {
      this.#drop(lines.length - this.#written);
      this.#written = lines.length;
    }
    while (this.#written < lines.length && this.#written < end) this.#log.info('call', lines[this.#written++]!);
    if (this.#written < lines.length) return;
    this.#lines = [];
    this.#written = 0;
    if (this.#unsaid > 0) this.#log.warn('Lines of calls were dropped because the log was too slow', { dropped: this.#unsaid });
    this.#unsaid = 0;
  }

  #drop(count: number): void {
    this.#dropped += count;
    this.#unsaid += count;
  }
}
