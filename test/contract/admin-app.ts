import { afterAll, beforeAll, expect } from 'vitest';
import { z } from 'zod';
import { type RunningHeadgate, startHeadgate } from '../headgate.js';

/**
 * The calls of DreamFactory's admin app as it sends them (headers, bodies, whole rows as read), and the keys without which its pages are
 * empty or stop (admin-ui-calls.md sections 1 to 10).
 */

/** The key that is compiled into the app. */
export const ADMIN_APP_KEY = '6498a8ad1beb9d84d63035c5d1120c007fad6de706734db9689f8996707e0f7d';
export const LIST = 'limit=50&offset=0&include_count=true';

export type Row = Record<string, unknown>;
export const rowSchema = z.record(z.string(), z.unknown());
export const listSchema = z.object({ resource: z.array(rowSchema), meta: z.object({ count: z.number().int() }).optional() });
export const createdSchema = z.object({ resource: z.tuple([z.looseObject({ id: z.number().int().positive() })]) });

export let headgate: RunningHeadgate;
export let session: string;

/** Starts Headgate for the tests of a file. */
export function useAdminApp(): void {
  beforeAll(async () => {
    headgate = await startHeadgate();
    session = await headgate.token();
  });
  afterAll(() => headgate?.stop());
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: unknown;
}

/** A call with the headers that the app sends; `token` undefined is the state before log-in. */
export async function send(
  method: string,
  target: string,
  body?: unknown,
  options: { token?: string | undefined; headers?: Row } = {},
): Promise<Answer> {
  const token = 'token' in options ? options.token : session;
  const isText = typeof body === 'string';
  const response = await fetch(`${headgate.origin}${target.startsWith('/') ? target : `/api/v2/${target}`}`, {
    method,
    redirect: 'manual',
    headers: {
      Accept: 'application/json, text/plain, */*',
      'Cache-Control': 'no-cache, private',
      'X-DreamFactory-API-Key': ADMIN_APP_KEY,
      'snackbar-error': 'server',
      'show-loading': '',
      ...(token !== undefined && { 'X-DreamFactory-Session-Token': token }),
      ...(body !== undefined && !isText && { 'Content-Type': 'application/json' }),
      ...(options.headers as Record<string, string> | undefined),
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text, body: type.includes('application/json') ? JSON.parse(text) : undefined };
}

/** A call that must succeed, and answer JSON: the app renames the keys of nothing else. */
export async function ok(method: string, target: string, body?: unknown, status = 200): Promise<unknown> {
  const answer = await send(method, target, body);
  expect(answer, `${method} ${target}`).toMatchObject({ status, type: expect.stringContaining('application/json') });
  return answer.body;
}

export const row = async (target: string) => rowSchema.parse(await ok('GET', target));
export const list = async (target: string) => listSchema.parse(await ok('GET', target)).resource;
export const create = async (target: string, body: Row) =>
  createdSchema.parse(await ok('POST', target, { resource: [body] }, 201)).resource[0];
export const pick = (of: Row, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, of[key]]));

export async function countedList(target: string): Promise<Row[]> {
  const answer = listSchema.parse(await ok('GET', target));
  expect(answer.meta?.count, target).toBeTypeOf('number');
  return answer.resource;
}

export async function serviceId(name: string): Promise<number> {
  const [service] = await list(`system/service?filter=name=${name}`);
  return z.number().parse(service?.id);
}

export const missing = (of: Row, ...keys: string[]) => keys.filter((key) => !(key in of));
