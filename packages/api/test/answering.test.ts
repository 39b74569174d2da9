import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { answer, answerList, type JsonValue, NotFound, type ServiceRequest, SourceUnavailable } from '@headgate/core';
import type { CorsRecord } from '@headgate/system-db';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiServer, inject } from '../src/index.ts';
import { KEY, type TestApiOptions, testApi } from './support.ts';

const servers: { close(): void; closeAllConnections(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A listening API, for tests that need the connection itself. */
async function listen(options: TestApiOptions = {}) {
  const api = testApi(options);
  const server = createApiServer(api.listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { ...api, port: (server.address() as AddressInfo).port };
}

const get = (options: TestApiOptions, path = '/api/v2/db', headers: Record<string, string> = {}) =>
  inject(testApi(options).listener, { path, headers: { ...KEY, ...headers } });

describe('every answer', () => {
  it('must not be cached, sniffed or asked for basic credentials', async () => {
    for (const handle of [() => answer({}), () => Promise.reject(NotFound('x'))]) {
      const { headers } = await get({ handle });
      expect(headers['cache-control']).toBe('no-cache, private');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-request-id']).toBeDefined();
      for (const name of ['www-authenticate', 'etag', 'x-powered-by', 'set-cookie', 'server-timing'])
        expect(headers).not.toHaveProperty(name);
    }
  });

  it('links to the next page with the request’s own options', async () => {
    const handle = () => ({ ...answerList([{ id: 1 }]), nextOffset: 20 });
    expect((await get({ handle }, '/api/v2/db?filter=a%3E1&skip=10&limit=10')).headers.link).toBe(
      '</api/v2/db?filter=a%3E1&limit=10&offset=20>; rel="next"',
    );
    expect((await get({ handle })).headers.link).toBe('</api/v2/db?offset=20>; rel="next"');
    const posted = await inject(testApi({ handle }).listener, { method: 'POST', path: '/api/v2/db?method=GET', headers: KEY });
    expect(posted.headers.link).toBeUndefined();
  });

  it('shows the time of each stage only when APP_DEBUG is on', async () => {
    const { headers } = await get({ rules: { debug: true } });
    expect(headers['server-timing']).toMatch(/^cors;dur=[\d.]+, admit;dur=.*, receive;.*, identify;.*, authorize;.*, dispatch;dur=[\d.]+$/);
  });

  it('sends bytes of a service as they are', async () => {
    const handle = () => ({
      status: 200,
      content: { kind: 'bytes' as const, bytes: Buffer.from('PNG'), contentType: 'image/png', fileName: 'a.png' },
    });
    const { text, headers } = await get({ handle }, '/api/v2/db/x', { Accept: 'application/json' });
    expect([text, headers['content-type'], headers['content-disposition']]).toEqual(['PNG', 'image/png', 'attachment; filename="a.png";']);
  });
});

describe('an error', () => {
  it('has the contract’s members, a reason and the request id, as plain text', async () => {
    const { status, json } = await get({ handle: () => Promise.reject(NotFound('No "é" <here>.').withHint('Try "b".')) }, '/api/v2/db', {
      'X-Request-Id': 'r1',
    });
    expect(status).toBe(404);
    expect(json()).toEqual({
      error: {
        code: 404,
        context: null,
        message: 'No "é" <here>.',
        status_code: 404,
        reason: 'not_found',
        hint: 'Try "b".',
        request_id: 'r1',
      },
    });
  });

  it('that nobody expected is a 500 without a word of it, and in the log under the request id', async () => {
    const api = testApi({ handle: () => Promise.reject(new Error('SELECT secret FROM t at /srv/x.ts')) });
    const { status, text } = await inject(api.listener, { path: '/api/v2/db', headers: { ...KEY, 'X-Request-Id': 'r2' } });
    expect(status).toBe(500);
    expect(JSON.parse(text).error).toMatchObject({ code: 500, reason: 'internal_error', message: 'Internal server error.' });
    expect(text).not.toMatch(/SELECT|srv|trace/);
    const logged = api.log.lines.find((line) => line.level === 'error');
    expect(logged?.fields).toMatchObject({ request_id: 'r2', error: expect.stringContaining('SELECT secret') });
  });

  it('is a plain 500 where a service answers what cannot be written', async () => {
    let deep: JsonValue = [];
    for (let level = 0; level < 100_000; level++) deep = [deep];
    for (const handle of [
      () => answer(deep),
      () => ({ ...answer({}), headers: { 'X-Bad': 'a\r\nSet-Cookie: b' } }),
      () => ({ ...answer({}), status: 42 }),
    ]) {
      const { status, headers, json } = await get({ handle });
      expect(status).toBe(500);
      expect(json()).toMatchObject({ error: { reason: 'internal_error' } });
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  it('shows its trace only when APP_DEBUG is on', async () => {
    const handle = () => Promise.reject(new Error('x'));
    expect((await get({ handle, rules: { debug: true } })).json()).toMatchObject({
      error: { trace: expect.arrayContaining([expect.stringMatching(/^0 /)]) },
    });
    expect((await get({ handle })).text).not.toContain('trace');
  });

  it('tells the network’s words to full administrators only', async () => {
    const handle = () => Promise.reject(SourceUnavailable('db').withDetail('connect ECONNREFUSED 10.1.2.3:5432').withRetryAfter(3));
    const forKey = await get({ handle });
    expect([forKey.status, forKey.headers['retry-after']]).toEqual([503, '3']);
    expect(forKey.text).not.toContain('10.1.2.3');
    const forAdmin = await get({ handle }, '/api/v2/db', { 'X-DreamFactory-Session-Token': 'admin' });
    expect(forAdmin.json()).toMatchObject({ error: { detail: 'connect ECONNREFUSED 10.1.2.3:5432' } });
  });

  it('is JSON where the client accepts nothing that can be made', async () => {
    const { status, headers } = await get({ handle: () => Promise.reject(NotFound('x')) }, '/api/v2/db', { Accept: 'image/png' });
    expect([status, headers['content-type']]).toEqual([404, 'application/json']);
  });
});

const RULE: CorsRecord = {
  id: 1,
  path: 'api/*',
  origin: 'https://app.example.com',
  header: 'X-A,Content-Type',
  exposedHeader: 'X-Total',
  method: 3,
  maxAge: 600,
  supportsCredentials: false,
  enabled: true,
};
const ORIGIN = { Origin: 'https://app.example.com' };

describe('CORS', () => {
  it('lets an allowed origin read every answer: successes, refusals, faults and overload', async () => {
    const cors = [RULE];
    const answers = [
      await get({ cors }, '/api/v2/db', ORIGIN),
      await get({ cors }, '/api/v2/nope', ORIGIN),
      await get({ cors }, '/api/v2/db?a=%zz', ORIGIN),
      await get({ cors, handle: () => Promise.reject(new Error('x')) }, '/api/v2/db', ORIGIN),
      await get({ cors, capacity: 0 }, '/api/v2/db', ORIGIN),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 500, 503]);
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe('https://app.example.com');
      expect(headers['access-control-expose-headers']).toMatch(/X-Total.*X-Request-Id.*Retry-After/);
    }
  });

  it('answers a preflight before anything else, without credentials', async () => {
    const api = testApi({ cors: [RULE], capacity: 0 });
    const preflight = (method: string, origin = ORIGIN.Origin) =>
      inject(api.listener, {
        method: 'OPTIONS',
        path: '/api/v2/db/x',
        headers: { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'x-a' },
      });
    const allowed = await preflight('GET');
    expect(allowed.status).toBe(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'x-a, content-type',
      'access-control-max-age': '600',
    });
    expect((await preflight('DELETE')).status).toBe(405);
    expect(api.seen).toHaveLength(0);
  });

  it('gives a stranger nothing, and the operator one line that says how to allow him', async () => {
    const api = testApi({ cors: [{ ...RULE, origin: 'https://a.example,https://b.example' }] });
    for (let call = 0; call < 3; call++) {
      const { headers } = await inject(api.listener, { path: '/api/v2/db', headers: { ...KEY, Origin: 'https://evil.example' } });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    const lines = api.log.lines.filter(({ level }) => level === 'once');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).toContain('POST /api/v2/system/cors');
  });
});

describe('a body above DF_MAX_BODY', () => {
  const rules = { maxBody: 1000 };

  it('is refused by its Content-Length before a byte of it is read', async () => {
    const { port, seen } = await listen({ rules });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /api/v2/db HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{');
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.includes('\r\n\r\n')) break;
    }
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
    expect(received).toMatch(/connection: close/i);
    expect(seen).toHaveLength(0);
  });

  it('is refused before it is sent where the client asks first', async () => {
    const { port } = await listen({ rules });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /api/v2/db HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n');
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('of unknown length is refused as soon as it is too much; the message names the limit', async () => {
    const { port } = await listen({ rules });
    const response = await fetch(`http://127.0.0.1:${port}/api/v2/db`, {
      method: 'POST',
      headers: { ...KEY, 'Content-Type': 'application/json' },
      body: new ReadableStream({
        start(controller) {
          for (let index = 0; index < 20; index++) controller.enqueue(Buffer.alloc(1000, 32));
          controller.close();
        },
      }),
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(((await response.json()) as { error: { message: string } }).error.message).toBe(
      'The request body is larger than the limit of 1000 bytes (DF_MAX_BODY).',
    );
  });
});

describe('a client that goes away', () => {
  it('aborts what runs for it', async () => {
    const started = Promise.withResolvers<ServiceRequest>();
    const { port, room } = await listen({
      handle: (request) => {
        started.resolve(request);
        return new Promise((resolve) => request.signal?.addEventListener('abort', () => resolve(answer({}))));
      },
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /api/v2/db HTTP/1.1\r\nHost: x\r\nX-DreamFactory-API-Key: key\r\n\r\n');
    const request = await started.promise;
    expect([request.signal?.aborted, room.inside]).toEqual([false, 1]);
    const aborted = once(request.signal!, 'abort');
    socket.destroy();
    await aborted;
    expect(room.inside).toBe(0);
  });

  it('before its body is whole is not executed', async () => {
    const { port, seen, room } = await listen();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /api/v2/db HTTP/1.1\r\nHost: x\r\nX-DreamFactory-API-Key: key\r\nContent-Length: 100\r\n\r\n{"a"');
    await until(() => room.inside === 1);
    socket.destroy();
    await until(() => room.inside === 0);
    expect(seen).toHaveLength(0);
  });
});

describe('overload', () => {
  it('is refused before the call is read, with a Retry-After, and ends with the calls at work', async () => {
    const release = Promise.withResolvers<void>();
    const { port, seen, room } = await listen({ capacity: 1, handle: () => release.promise.then(() => answer({})) });
    const call = () => fetch(`http://127.0.0.1:${port}/api/v2/db`, { headers: KEY });
    const first = call();
    await until(() => seen.length === 1);
    const refused = await call();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ error: { reason: 'overloaded', context: { backoff: 'exponential' } } });
    expect(seen).toHaveLength(1);
    release.resolve();
    expect((await first).status).toBe(200);
    await until(() => room.inside === 0);
    expect((await call()).status).toBe(200);
  });

  it('leaves the last places to administrators', async () => {
    const release = Promise.withResolvers<void>();
    const { port, seen } = await listen({ capacity: 3, handle: () => release.promise.then(() => answer({})) });
    const call = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/api/v2/db`, { headers });
    const waiting = [call(KEY), call(KEY)];
    await until(() => seen.length === 2);
    expect((await call(KEY)).status).toBe(503);
    const admin = call({ 'X-DreamFactory-Session-Token': 'admin' });
    await until(() => seen.length === 3);
    release.resolve();
    expect((await admin).status).toBe(200);
    await Promise.all(waiting);
  });

  it('while draining calls are served, and told that the connection ends', async () => {
    const { port, room } = await listen();
    room.drain();
    const { status, headers } = await fetch(`http://127.0.0.1:${port}/api/v2/db`, { headers: KEY });
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
  });
});

describe('the line of a call in the log', () => {
  it('tells who did what, and neither values nor identifiers nor credentials', async () => {
    const api = testApi({ handle: () => ({ ...answer({ id: 4711 }), rows: 1 }) });
    await inject(api.listener, { path: '/api/v2/db/_table/people/4711?filter=name%3Dsecret&api_key=key' });
    await until(() => api.log.lines.length > 0);
    const line = api.log.lines.find(({ message }) => message === 'call');
    expect(line?.fields).toMatchObject({
      verb: 'GET',
      service: 'db',
      route: '_table/people/{id}',
      status: 200,
      rows: 1,
      app: 1,
      role: 2,
      bytes: 11,
    });
    expect(JSON.stringify(api.log.lines)).not.toMatch(/4711|secret|"key"/);
  });
});

/** Waits for something that will happen by itself; a test that waits in vain runs into its own timeout. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
