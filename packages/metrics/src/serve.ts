import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { MetricSnapshot } from './metric.js';
import { METRICS_CONTENT_TYPE, textOf } from './metrics.js';

export interface ServeMetricsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** `PROMETHEUS_TELEMETRY`; `/metrics` without. */
  readonly path?: string;
  /** `PROMETHEUS_ALLOWED_HOSTNAME`: the only name in `Host` (its port does not count) under which metrics are told. */
  readonly allowedHostname?: string | undefined;
  /** Of a program that has no other port to say on whether it is ready: adds `/readyz`, and its role to every answer. */
  readonly readiness?: MetricsReadiness | undefined;
}

export interface MetricsReadiness {
  /** `X-Headgate-Role`: balancers take for an API worker only who says so, since addresses are used again. */
  readonly role: string;
  /** What keeps the program from its work, in words of ours; empty when nothing does. */
  problems(): Promise<readonly string[]>;
}

export interface MetricsServer {
  /** The port that it got. */
  readonly port: number;
  close(): Promise<void>;
}

/** What is served: the metrics of a process, or of several. */
export interface SnapshotSource {
  snapshot(): readonly MetricSnapshot[] | Promise<readonly MetricSnapshot[]>;
}

const REQUEST_TIMEOUT = 10_000;

/**
 * Serves metrics and `/livez` on a port of their own, never on the API's (operations.md 7.4). Rejects with the system's error
 * (`EADDRINUSE`, `EACCES` ...) where it cannot listen.
 */
export async function serveMetrics(metrics: SnapshotSource, options: ServeMetricsOptions): Promise<MetricsServer> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT, maxHeaderSize: 8192 },
    (request, response) => {
      answer(metrics, options, request, response).catch(() => send(response, 500, 'text/plain', 'The metrics cannot be read.\n'));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  metrics: SnapshotSource,
  options: ServeMetricsOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const { readiness } = options;
  if (readiness) response.setHeader('X-Headgate-Role', readiness.role);
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'Only GET is supported.\n');
  const path = (request.url ?? '/').split('?', 1)[0]!;
  if (path === '/livez') return send(response, 200, 'application/json', '{"status":"ok"}');
  if (path === '/readyz' && readiness) return sendReadiness(response, await readiness.problems());
  if (path !== (options.path ?? '/metrics') || !isAllowed(request.headers.host, options.allowedHostname)) {
    return send(response, 404, 'text/plain', 'There is nothing here.\n');
  }
  send(response, 200, METRICS_CONTENT_TYPE, await textOf(await metrics.snapshot()));
}

function sendReadiness(response: ServerResponse, problems: readonly string[]): void {
  const isReady = problems.length === 0;
  const document = isReady ? { status: 'ready' } : { status: 'not ready', problems };
  send(response, isReady ? 200 : 503, 'application/json', JSON.stringify(document));
}

function isAllowed(host: string | undefined, allowed: string | undefined): boolean {
  if (!allowed) return true;
  return host?.replace(/:\d+$/, '').toLowerCase() === allowed.toLowerCase();
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-store' });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
