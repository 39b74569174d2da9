import { connect, type Socket } from 'node:net';

/**
 * A client that sends at a fixed rate, whatever comes back: the load of many users who know nothing of each other. Each call's time counts from
 * when it was due, not from when it could be sent, so that a server that stalls is not spared (no coordinated omission).
 */
export interface OpenLoopOptions {
  readonly host: string;
  readonly port: number;
  /** Calls a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Connections at most; a call that finds none free waits for one, and its time runs. */
  readonly connections: number;
  /** How long to wait in the end for answers that are due, in milliseconds; 5 s without. */
  readonly drainMs?: number;
  /** The text of the n-th request. */
  readonly request: (position: number) => string;
}

export interface OpenLoopResult {
  /** Milliseconds from when a call was due to the end of its answer, by status. */
  readonly latencies: ReadonlyMap<number, readonly number[]>;
  /** Calls whose connection ended before their answer. */
  readonly broken: number;
  /** Calls that were due and never sent, or never answered. */
  readonly unanswered: number;
  readonly opened: number;
}

const DRAIN_MS = 5_000;

export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const run = new OpenLoop(options);
  try {
    return await run.result();
  } finally {
    run.close();
  }
}

class OpenLoop {
  readonly #options: OpenLoopOptions;
  readonly #latencies = new Map<number, number[]>();
  readonly #idle: Line[] = [];
  readonly #lines = new Set<Line>();
  /** Due times of calls that found no connection. */
  readonly #late: number[] = [];
  #lateFrom = 0;
  #sent = 0;
  #answered = 0;
  #broken = 0;
  #opened = 0;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
  }

  async result(): Promise<OpenLoopResult> {
    const { rate, seconds } = this.#options;
    const total = Math.round(rate * seconds);
    const started = performance.now();
    for (let due = 0; due < total; ) {
      const now = performance.now() - started;
      const reached = Math.min(total, Math.floor((now / 1000) * rate));
      for (; due < reached; due++) this.#send(started + (due / rate) * 1000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const end = performance.now() + (this.#options.drainMs ?? DRAIN_MS);
    while (this.#answered + this.#broken < total && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
    return {
      latencies: this.#latencies,
      broken: this.#broken,
      unanswered: total - this.#answered - this.#broken,
      opened: this.#opened,
    };
  }

  close(): void {
    for (const line of this.#lines) line.destroy();
  }

  #send(due: number): void {
    const line = this.#idle.pop() ?? (this.#lines.size < this.#options.connections ? this.#open() : undefined);
    if (line === undefined) this.#late.push(due);
    else line.send(this.#options.request(this.#sent++), due);
  }

  #open(): Line {
    this.#opened++;
    const line = new Line(connect({ host: this.#options.host, port: this.#options.port, noDelay: true }), {
      answered: (status, due, isKept) => {
        this.#answered++;
        const known = this.#latencies.get(status);
        const latency = performance.now() - due;
        if (known === undefined) this.#latencies.set(status, [latency]);
        else known.push(latency);
        if (isKept) this.#free(line);
      },
      ended: (wasBusy) => {
        if (wasBusy) this.#broken++;
        this.#lines.delete(line);
        const index = wasBusy ? -1 : this.#idle.indexOf(line);
        if (index >= 0) this.#idle.splice(index, 1);
        if (this.#lateFrom < this.#late.length) this.#send(this.#late[this.#lateFrom++]!);
      },
    });
    this.#lines.add(line);
    return line;
  }

  #free(line: Line): void {
    if (this.#lateFrom < this.#late.length) line.send(this.#options.request(this.#sent++), this.#late[this.#lateFrom++]!);
    else this.#idle.push(line);
  }
}

interface LineEvents {
  answered(status: number, due: number, isKept: boolean): void;
  ended(wasBusy: boolean): void;
}

/** One connection with at most one call on it. */
class Line {
  readonly #socket: Socket;
  #due: number | undefined;
  #status = 0;
  #isKept = true;
  /** Bytes of the body that have not come yet; undefined while the head has not. */
  #missing: number | undefined;
  #head = '';

  constructor(socket: Socket, events: LineEvents) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk, events));
    socket.on('error', () => {});
    socket.on('close', () => {
      const wasBusy = this.#due !== undefined;
      this.#due = undefined;
      events.ended(wasBusy);
    });
  }

  send(request: string, due: number): void {
    this.#due = due;
    this.#socket.write(request);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer, events: LineEvents): void {
    let body = chunk.length;
    if (this.#missing === undefined) {
      const end = chunk.indexOf('\r\n\r\n');
      this.#head += chunk.toString('latin1', 0, end < 0 ? chunk.length : end);
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      this.#isKept = !/\r\nconnection: close/i.test(this.#head);
      this.#missing = Number(/\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1] ?? 0);
      body = chunk.length - end - 4;
      this.#head = '';
    }
    this.#missing -= body;
    if (this.#missing > 0 || this.#due === undefined) return;
    const due = this.#due;
    this.#due = undefined;
    this.#missing = undefined;
    events.answered(this.#status, due, this.#isKept);
  }
}
