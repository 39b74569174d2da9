import type { IncomingMessage } from 'node:http';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Records and schemas: a GET elsewhere may run a script or a procedure. */
const REPEATABLE_PATH = /^\/api\/v2\/[^/]+\/_(table|schema)(\/|$)/;
/** How the end of a connection without an answer is called. */
const EMPTY_ANSWERS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** Whether a call may run twice: it only reads, by its method and its path (operations.md 7.4). */
export function isRepeatable(request: IncomingMessage, prefix: string): boolean {
  if (!SAFE_METHODS.has(request.method ?? '') || hasBody(request)) return false;
  const url = request.url ?? '';
  return REPEATABLE_PATH.test(prefix === 'api' || !url.startsWith(`/${prefix}/`) ? url : `/api${url.slice(prefix.length + 1)}`);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
}

export function isEmptyAnswer(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && EMPTY_ANSWERS.has(error.code);
}
