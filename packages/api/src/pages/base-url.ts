import type { IncomingMessage } from 'node:http';

const HOST = /^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](?::\d{1,5})?$/i;

/** Scheme and host of a request; `fallback` where it names no plain host. For showing only: a client writes what it likes there. */
export function baseUrlOf(request: IncomingMessage, isSecure: (request: IncomingMessage) => boolean, fallback: string): string {
  const { host } = request.headers;
  return host !== undefined && HOST.test(host) ? `${isSecure(request) ? 'https' : 'http'}://${host}` : fallback;
}
