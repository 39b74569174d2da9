import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** Longer than the pools of proxies keep a connection, which would else race with our closing it (operations.md 7.4). */
const KEEP_ALIVE = 75_000;
const HEADERS_TIMEOUT = 80_000;
const REQUEST_TIMEOUT = 180_000;
/** Request line and headers together, bytes: room for long filters; longer ones are sent by POST. */
const MAX_HEADERS = 64 * 1024;

/** The HTTP server of the API, not yet listening. */
export function createApiServer(listener: RequestListener): Server {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE, headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT, maxHeaderSize: MAX_HEADERS },
    listener,
  );
  // Who asks before sending a body is answered by whoever reads the body, so that too large a one is never sent.
  server.on('checkContinue', listener);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket as Socket));
  return server;
}

const REFUSALS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, `The address and headers of the request are longer than ${MAX_HEADERS} bytes. Send long filters by POST.`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** What is no HTTP never becomes a call; it is answered all the same, in the form of the API's errors. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = REFUSALS[error.code ?? ''] ?? [400, 'The request is not valid HTTP.'];
  const reason = status === 400 ? 'bad_request' : status === 431 ? 'headers_too_large' : 'request_timeout';
  const body = JSON.stringify({ error: { code: status, context: null, message, status_code: status, reason } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-cache, private\r\nConnection: close\r\n\r\n${body}`,
  );
}
