import { type IncomingHttpHeaders, request as startRequest } from 'node:http';

/** What came back over the wire. */
export interface Answer {
  /** Of the request. */
  readonly method: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined where it is no JSON. */
  readonly json: unknown;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Members of the query, encoded by `call`. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Text and bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
  readonly key?: string;
  readonly token?: string;
}

/**
 * Sends one request. `target` goes out as it is, which `fetch` would not do: it resolves dots and encodes what a hostile client does not.
 */
export function call(origin: string, target: string, options: CallOptions = {}): Promise<Answer> {
  const { method = 'GET', query, body, key, token } = options;
  const { hostname, port } = new URL(origin);
  const search =
    query === undefined
      ? ''
      : `?${new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])))}`;
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const payload = body === undefined ? undefined : isRaw ? body : JSON.stringify(body);
  const headers: Record<string, string | readonly string[] | undefined> = {
    accept: 'application/json',
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
    ...(key !== undefined && { 'x-dreamfactory-api-key': key }),
    ...(token !== undefined && { 'x-dreamfactory-session-token': token }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const request = startRequest(
      { hostname, port, method, path: `${target}${search}`, headers: headers as Record<string, string> },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ method, status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
        });
      },
    );
    request.on('error', reject);
    request.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
