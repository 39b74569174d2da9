import { Agent, type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** A request to send. */
export interface Planned {
  /** What it is counted as. */
  readonly kind: string;
  readonly method: string;
  /** Path and query behind `/api/v2/`. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether the document of a 2xx is what was asked for; any is where there is none. */
  readonly isRight?: (document: unknown) => boolean;
}

/** What became of one request, as its client saw it. */
export interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly method: string;
  readonly target: string;
  /** When it was sent and when its fate was known, on the clock of `performance.now()`. */
  readonly sentAt: number;
  readonly endedAt: number;
  /** Of the answer, if its head came. */
  readonly status: number | undefined;
  /** Why this is no complete, parsed 2xx with the id of this very request; undefined where it is. */
  readonly problem: string | undefined;
}

export interface LedgerOptions {
  readonly origin: string;
  /** So many clients, each with one connection that it keeps, and one request at a time on it. */
  readonly connections: number;
  /** Milliseconds between an answer and the next request of the same client, on average; 0 without. */
  readonly pause?: number;
  /** The next request; called until `stop`. */
  next(id: string): Planned;
}

const PATIENCE = 30_000;

/**
 * Keeps clients busy and books what becomes of every request. Nothing is sent twice: a client opens another connection where the former one
 * was closed between two requests, but a request on a connection that closes without an answer has failed.
 */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly #options: LedgerOptions;
  readonly #prefix = `r${process.pid.toString(36)}${Date.now().toString(36)}`;
  readonly #clients: Promise<unknown>;
  readonly #stopping = new AbortController();
  readonly #waiting = new Map<() => void, number>();
  #sent = 0;
  #opened = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#clients = Promise.all(Array.from({ length: options.connections }, () => this.#client()));
  }

  /** Connections that were opened so far. */
  get opened(): number {
    return this.#opened;
  }

  get failed(): Entry[] {
    return this.entries.filter(({ problem }) => problem !== undefined);
  }

  of(kind: string): Entry[] {
    return this.entries.filter((entry) => entry.kind === kind);
  }

  /** Resolves when this many requests have met their fate. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => (this.entries.length >= count ? resolve() : this.#waiting.set(resolve, count)));
  }

  /** Sends nothing more; resolves when the last answer is there. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#clients;
  }

  async #client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await wait(Math.random() * 2 * (this.#options.pause ?? 0), undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      const id = `${this.#prefix}-${++this.#sent}`;
      const planned = this.#options.next(id);
      const { kind, method, target } = planned;
      const sentAt = performance.now();
      const outcome = await this.#send(agent, id, planned);
      this.entries.push({ id, kind, method, target, sentAt, endedAt: performance.now(), ...outcome });
      for (const [resolve, count] of this.#waiting) if (this.entries.length >= count && this.#waiting.delete(resolve)) resolve();
    }
    agent.destroy();
  }

  #send(agent: Agent, id: string, { method, target, headers, body, isRight }: Planned): Promise<Pick<Entry, 'status' | 'problem'>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = {
      ...headers,
      'X-Request-Id': id,
      ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve) => {
      let status: number | undefined;
      const done = (problem: string | undefined) => resolve({ status, problem });
      const request = startRequest(`${this.#options.origin}/api/v2/${target}`, { method, agent, headers: sent }, (response) => {
        status = response.statusCode;
        read(response, (received) => done(problemOf(response, received, id, isRight)));
      });
      request.on('socket', () => {
        if (!request.reusedSocket) this.#opened++;
      });
      request.setTimeout(PATIENCE, () => request.destroy(new Error(`no answer within ${PATIENCE / 1000} seconds`)));
      request.on('error', (error) => done(status === undefined ? failureOf(request, error) : `broke off: ${error.message}`));
      request.end(text);
    });
  }
}

/** Hands over the body, or what ended it. */
function read(response: IncomingMessage, done: (received: string | Error) => void): void {
  let received = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (received += chunk));
  response.on('error', done);
  response.on('end', () => done(response.complete ? received : new Error('incomplete')));
}

function problemOf(response: IncomingMessage, received: string | Error, id: string, isRight: Planned['isRight']): string | undefined {
  if (received instanceof Error) return `broke off: ${received.message}`;
  const { statusCode = 0, headers } = response;
  if (statusCode < 200 || statusCode > 299) return `${statusCode}: ${received.slice(0, 300)}`;
  if (headers['x-request-id'] !== id) return `the answer to ${headers['x-request-id']}`;
  try {
    const document: unknown = JSON.parse(received);
    return isRight === undefined || isRight(document) ? undefined : `not what was asked for: ${received.slice(0, 300)}`;
  } catch {
    return `not JSON: ${received.slice(0, 300)}`;
  }
}

function failureOf(request: ClientRequest, error: Error): string {
  return `no answer on a${request.reusedSocket ? ' kept' : ' new'} connection: ${error.message}`;
}
