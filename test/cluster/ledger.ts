import { Agent, request as startRequest } from 'node:http';

/** One request as its client saw it. */
export interface Entry {
  readonly id: string;
  readonly method: string;
  /** The status of a complete answer that could be parsed; else what was wrong. */
  readonly outcome: number | string;
}

export interface LedgerOptions {
  readonly origin: string;
  readonly connections: number;
  /** The next request; called until `stop`. */
  next(id: string): { method: string; target: string; headers: Readonly<Record<string, string>>; body?: unknown };
}

export interface Ledger {
  readonly entries: readonly Entry[];
  /** Everything that was not answered by exactly one complete 2xx. */
  failed(): Entry[];
  /** Sends nothing more; resolves when the last answer is there. */
  stop(): Promise<void>;
}

/** Keeps so many connections busy, and books what becomes of every request. Nothing is sent twice. */
export function startLedger({ origin, connections, next }: LedgerOptions): Ledger {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const entries: Entry[] = [];
  let isStopped = false;
  let count = 0;
  const client = async () => {
    while (!isStopped) {
      const id = `r${++count}`;
      const { method, target, headers, body } = next(id);
      entries.push({ id, method, outcome: await outcomeOf({ origin, agent, id, method, target, headers, body }) });
    }
  };
  const clients = Promise.all(Array.from({ length: connections }, client));
  return {
    entries,
    failed: () => entries.filter(({ outcome }) => typeof outcome !== 'number' || outcome < 200 || outcome > 299),
    async stop() {
      isStopped = true;
      await clients;
      agent.destroy();
    },
  };
}

interface Sent {
  readonly origin: string;
  readonly agent: Agent;
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function outcomeOf({ origin, agent, id, method, target, headers, body }: Sent): Promise<number | string> {
  return new Promise((resolve) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = startRequest(
      `${origin}/api/v2/${target}`,
      {
        method,
        agent,
        headers: {
          ...headers,
          'X-Request-Id': id,
          ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (received += chunk));
        response.on('error', (error) => resolve(`broken: ${error.message}`));
        response.on('end', () => {
          if (!response.complete) return resolve('incomplete');
          if (response.headers['x-request-id'] !== id) return resolve(`the answer to ${response.headers['x-request-id']}`);
          try {
            JSON.parse(received);
            resolve(response.statusCode ?? 0);
          } catch {
            resolve('not JSON');
          }
        });
      },
    );
    request.on('error', (error) => resolve(`failed: ${error.message}`));
    request.end(text);
  });
}
