import type { ServerResponse } from 'node:http';

/** 302; `location` must be ours or the operator's, never a client's. */
export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, 'Cache-Control': 'no-cache, private', 'Content-Length': 0 }).end();
}
