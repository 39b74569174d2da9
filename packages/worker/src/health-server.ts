import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the health paths ask the worker. */
export interface WorkerHealth {
  /** What keeps the worker from doing jobs, in words of ours; empty when nothing does. */
  problems(): Promise<readonly string[]>;
}

export interface HealthServer {
  /** The port that it got, also where 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` and `/readyz` of a job worker, and nothing else: it takes no calls. Rejects with the error of the system where it
 * cannot listen.
 */
export async function serveHealth(health: WorkerHealth, { host, port }: { host: string; port: number }): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(health, request, response).catch(() => response.destroy());
  });
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(health: WorkerHealth, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?', 1);
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(request, response, 405, { status: 'method not allowed' });
  if (path === '/livez' || path === '/live' || path === '/up') return send(request, response, 200, { status: 'ok' });
  if (path !== '/readyz' && path !== '/ready') return send(request, response, 404, { status: 'not found' });
  const problems = await health.problems();
  if (problems.length === 0) send(request, response, 200, { status: 'ready' });
  else send(request, response, 503, { status: 'not ready', problems });
}

function send(request: IncomingMessage, response: ServerResponse, status: number, document: unknown): void {
  const text = JSON.stringify(document);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-cache, private',
    // Balancers take for an API worker only who says so: addresses are used again.
    'X-Headgate-Role': 'worker',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
