import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whether this worker should get calls. */
export interface Readiness {
  /** Names what is missing; empty when ready. Words of ours only: no addresses, no messages of drivers. */
  problems(): readonly string[] | Promise<readonly string[]>;
}

/** 200 while the event loop turns; asks nothing else. */
export function livez(request: IncomingMessage, response: ServerResponse): void {
  sendJson(request, response, 200, { status: 'ok' });
}

export function createReadyz(readiness: Readiness) {
  return async function readyz(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const problems = await readiness.problems();
    sendJson(
      request,
      response,
      problems.length === 0 ? 200 : 503,
      problems.length === 0 ? { status: 'ready' } : { status: 'not ready', problems },
    );
  };
}

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, document: unknown): void {
  const text = JSON.stringify(document);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-cache, private',
    'X-Content-Type-Options': 'nosniff',
    'X-Headgate-Role': 'api',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
