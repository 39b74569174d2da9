import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ClientAddresses } from '@headgate/api';

/** Of one connection only (RFC 9110 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** What only a proxy may say, or a script of the worker itself. */
const OURS_TO_SAY = /^(x-forwarded-.*|forwarded|x-dreamfactory-script-token)$/;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Makes the headers of a request those that the worker gets, in place: without what belongs to the client's connection, and with who the
 * client is as this process found out. Answers the id of the request.
 */
export function forwardHeaders(request: IncomingMessage, addresses: ClientAddresses): string {
  const { headers } = request;
  const client = addresses.of(request);
  const isSecure = addresses.isSecure(request);
  const sentId = headers['x-request-id'];
  const id = typeof sentId === 'string' && REQUEST_ID.test(sentId) ? sentId : randomUUID();
  const named = namedByConnection(headers);
  const isChunked = headers['transfer-encoding'] !== undefined;
  for (const name of Object.keys(headers)) {
    if (HOP_BY_HOP.has(name) || named.has(name) || OURS_TO_SAY.test(name)) delete headers[name];
  }
  if (isChunked) headers['transfer-encoding'] = 'chunked';
  // Whoever asks before sending a body is answered by this process, once a worker has its headers.
  delete headers.expect;
  headers['x-forwarded-for'] = client;
  headers['x-forwarded-proto'] = isSecure ? 'https' : 'http';
  if (headers.host !== undefined) headers['x-forwarded-host'] = headers.host;
  headers['x-forwarded-port'] = String(request.socket.localPort ?? '');
  headers['x-request-id'] = id;
  return id;
}

/** Only `chunked` is understood (RFC 9112 6.1): another coding would reach the worker as if it were the body. */
export function isFramed({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.toLowerCase() === 'chunked';
}

/** `Connection: a, b` makes a and b headers of that connection alone; what frames the message stays what the parser made of it. */
function namedByConnection({ connection }: IncomingHttpHeaders): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NOTHING;
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== 'content-length' && name !== 'host'));
}

const NOTHING: ReadonlySet<string> = new Set();

/** The headers of a worker's answer for the client, as pairs in one flat list. */
export function answerHeaders(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, rawHeaders[index + 1]!);
  }
  return kept;
}

/** Proxies may send the whole address (RFC 9112 3.2.2): what the worker gets is its path. */
export function originForm(url: string): string {
  if (url.startsWith('/')) return url;
  const [, path = ''] = /^https?:\/\/[^/?]*(.*)$/i.exec(url) ?? [undefined, url];
  return path.startsWith('/') ? path : `/${path}`;
}
