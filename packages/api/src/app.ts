import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '@headgate/core';
import express, { type Express } from 'express';
import { Call } from './pipeline/call.js';
import type { PipelineParts } from './pipeline/parts.js';
import { createPipeline } from './pipeline/pipeline.js';
import { belowPrefix } from './request/route.js';

export interface ApiParts extends PipelineParts {
  /** Mounts everything that is not below the API's prefix: pages, health. */
  readonly mountPages?: (app: Express) => void;
}

/**
 * The API as a request listener. The pipeline comes before everything else and splits the path by hand: Express's router and
 * `res.json` would cost as much as the rest of a simple call. Express serves the pages.
 */
export function createApi(parts: ApiParts): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const handle = createPipeline(parts);
  const { prefix } = parts.rules;
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const call = toCall(request, response, prefix);
    if (call === undefined) next();
    else handle(call).catch((error: unknown) => giveUp(call, error, parts.log));
  });
  parts.mountPages?.(app);
  return app;
}

/** Even the answer could not be written: the connection ends, and the log says why. */
function giveUp(call: Call, error: unknown, log: Logger): void {
  log.error('An answer could not be written', {
    request_id: call.id,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  if (call.response.headersSent) call.response.destroy();
  else call.response.writeHead(500, { 'Content-Length': 0, Connection: 'close' }).end();
}

function toCall(request: IncomingMessage, response: ServerResponse, prefix: string): Call | undefined {
  const target = originForm(request.url ?? '/');
  const mark = target.indexOf('?');
  const pathname = mark < 0 ? target : target.slice(0, mark);
  const path = belowPrefix(pathname, prefix);
  if (path === undefined) return undefined;
  return new Call(request, response, { target, pathname, path, search: mark < 0 ? '' : target.slice(mark + 1) });
}

/** Proxies may send the whole address (RFC 9112 3.2.2). */
function originForm(url: string): string {
  if (url.charCodeAt(0) === 47) return url;
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(url);
  if (!match) return url;
  return match[1]!.startsWith('/') ? match[1]! : `/${match[1]!}`;
}
