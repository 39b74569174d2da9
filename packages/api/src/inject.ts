import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders, type RequestListener } from 'node:http';
import { createApiServer } from './server.js';

export interface InjectedRequest {
  /** `GET` without. */
  readonly method?: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object;
}

export interface InjectedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): unknown;
}

/** Sends one request to a listener over a server of its own on a free loopback port: what tests send is what the wire brings. */
export async function inject(
  listener: RequestListener,
  { method = 'GET', path, headers = {}, body }: InjectedRequest,
): Promise<InjectedResponse> {
  const server = createApiServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  try {
    const isJson = body !== undefined && typeof body === 'object' && !(body instanceof Uint8Array);
    const payload = isJson ? JSON.stringify(body) : (body as string | Uint8Array | undefined);
    const sent = httpRequest({
      host: '127.0.0.1',
      port: address.port,
      method,
      path,
      headers: {
        ...(isJson && { 'Content-Type': 'application/json' }),
        ...(payload !== undefined && { 'Content-Length': Buffer.byteLength(payload) }),
        ...headers,
      },
    });
    sent.end(payload);
    const [response] = await once(sent, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    return { status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
