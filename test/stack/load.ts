import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { ADMIN, type Stack } from './compose.ts';

/** Milliseconds without a byte: longer than the balancer waits, so that it is never this client that gives up. */
const PATIENCE = 200_000;

/** What became of one call, by the client's own account. */
export interface LedgerEntry {
  readonly id: string;
  readonly kind: 'read' | 'write' | 'login';
  /** A complete, parsed answer of 2xx; else what was wrong. */
  readonly problem: string | undefined;
  readonly milliseconds: number;
  /** When it was sent, on the clock of `performance.now()`. */
  readonly sentAt: number;
}

export interface Load {
  readonly ledger: readonly LedgerEntry[];
  readonly failed: readonly LedgerEntry[];
  /** Resolves when so many calls have been answered. */
  reached(calls: number): Promise<void>;
  /** Lets what is under way end, and sends no more. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly connections: number;
  /** Shares of the calls that write and log in; the rest reads. */
  readonly writes?: number;
  readonly logins?: number;
}

/**
 * Mixed load through the balancer over connections that stay open: records of `sample` are read by key and written as the administrator, and
 * the administrator logs in. Each written purchase carries the id of its call as `item`.
 */
export async function startLoad(stack: Stack, { connections, writes = 0, logins = 0 }: LoadOptions): Promise<Load> {
  const key = await stack.sampleKey();
  const { session_token: token } = await stack.admin<{ session_token: string }>('POST', 'system/admin/session', ADMIN);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const ledger: LedgerEntry[] = [];
  const waiting: { readonly calls: number; readonly resolve: () => void }[] = [];
  let running = true;

  const calls: Readonly<Record<LedgerEntry['kind'], (id: string) => Promise<void>>> = {
    read: async () => {
      const { resource } = await send('GET', 'sample/_table/contact?limit=5&order=id', { 'x-dreamfactory-api-key': key });
      if (!Array.isArray(resource) || resource.length !== 5) throw new Error('not the records asked for');
    },
    write: async (id) => {
      const record = { contact_id: 1, item: id, amount: 1, placed_on: '2026-01-01' };
      const { resource } = await send('POST', 'sample/_table/purchase', { 'x-dreamfactory-session-token': token }, { resource: [record] });
      if (!Array.isArray(resource) || resource.length !== 1) throw new Error('not the record made');
    },
    login: async () => {
      const { session_token } = await send('POST', 'system/admin/session', {}, ADMIN);
      if (typeof session_token !== 'string') throw new Error('no token');
    },
  };

  function send(method: string, target: string, headers: Record<string, string>, body?: unknown): Promise<Record<string, unknown>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = {
      ...headers,
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    };
    return new Promise((resolve, reject) => {
      const call = request(`${stack.origin}/api/v2/${target}`, { agent, method, headers: sent, timeout: PATIENCE }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          const status = response.statusCode ?? 0;
          if (!response.complete || status < 200 || status > 299) return reject(new Error(`${status} ${answer.slice(0, 200)}`));
          try {
            resolve(JSON.parse(answer));
          } catch {
            reject(new Error(`not JSON: ${answer.slice(0, 200)}`));
          }
        });
      });
      call.on('timeout', () => call.destroy(new Error('no answer')));
      call.on('error', reject);
      call.end(text);
    });
  }

  async function client(): Promise<void> {
    while (running) {
      const dice = Math.random();
      const kind = dice < writes ? 'write' : dice < writes + logins ? 'login' : 'read';
      const id = randomUUID();
      const sentAt = performance.now();
      const problem = await calls[kind](id).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      ledger.push({ id, kind, problem, milliseconds: performance.now() - sentAt, sentAt });
      for (const one of waiting) if (ledger.length >= one.calls) one.resolve();
    }
  }

  const clients = Array.from({ length: connections }, client);
  return {
    ledger,
    get failed() {
      return ledger.filter(({ problem }) => problem !== undefined);
    },
    reached: (count) => new Promise((resolve) => (ledger.length >= count ? resolve() : waiting.push({ calls: count, resolve }))),
    async stop() {
      running = false;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}
