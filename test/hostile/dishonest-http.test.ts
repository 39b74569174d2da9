import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { errorOf, Faults } from './support/contract.js';
import { type App, type GuardedApi, ownNotes, startGuardedApi } from './support/guarded-api.js';
import { call } from './support/http.js';

const database = await postgresServer();

describe.skipIf(!database)('requests that are no honest HTTP', () => {
  let api: GuardedApi;
  let own: App;

  beforeAll(async () => {
    api = await startGuardedApi({ database: database! });
    own = await api.appWith('own-notes', [ownNotes()]);
  });
  afterAll(() => api?.close());

  // rest-core.md 2.2: only POST is overridden, and the access of the overridden verb is what counts.
  it('get no further by naming another method', async () => {
    const reader = await api.appWith('reader', [ownNotes(1)]);
    const before = await api.notes();
    const faults = new Faults();
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      for (const verb of [
        'DELETE',
        'PATCH',
        'PUT',
        'delete',
        ' DELETE ',
        'MERGE',
        'TRACE',
        'CONNECT',
        'X',
        '',
        '__proto__',
        'constructor',
        'DELETE, GET',
        'G'.repeat(3000),
      ]) {
        for (const method of ['GET', 'POST', 'HEAD']) {
          const answer = await api.call('crm/_table/note?ids=1&filter=id%3E0', {
            method,
            key: reader.key,
            headers: { [name]: verb },
            ...(method === 'POST' && { body: { resource: [{ id: 1, title: 'taken' }] } }),
          });
          if (method !== 'HEAD') faults.check(answer, `${method} ${name}: ${verb}`);
        }
      }
    }
    for (const query of [{ method: 'DELETE' }, { _method: 'DELETE' }, { method: 'x' }])
      faults.check(
        await api.call('crm/_table/note', { method: 'POST', key: reader.key, query: { ...query, ids: '1' }, body: {} }),
        JSON.stringify(query),
      );
    for (const method of ['TRACE', 'PROPFIND', 'LOCK', 'MERGE', 'SEARCH', 'PURGE', 'COPY']) {
      const answer = await api.call('crm/_table/note', { method, key: reader.key });
      expect([400, 401, 405], `${method} ${answer.text}`).toContain(answer.status);
      faults.check(answer, method);
    }
    faults.expectNone();
    expect(await api.notes()).toEqual(before);
  });

  it('are told apart by an id that is theirs only where it is plain', async () => {
    for (const id of ['x y', 'a'.repeat(65), '<b>', 'a"b', '../x', "';--", 'é', '{x}', '']) {
      const answer = await call(api.headgate.origin, '/api/v2/crm/_table/note', {
        headers: { 'x-request-id': Buffer.from(id).toString('latin1') },
      });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(errorOf(answer)?.request_id).toBe(answer.headers['x-request-id']);
    }
    expect((await api.call('crm/_table/note', { headers: { 'x-request-id': 'Trace-1.a_b' } })).headers['x-request-id']).toBe('Trace-1.a_b');
  });

  it.each([
    ['no request at all', 'hello\r\n\r\n'],
    ['two lengths', 'POST /api/v2/user/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'a length and chunks',
      'POST /api/v2/user/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a bad chunk', 'POST /api/v2/user/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
    ['a bare line feed in a header', 'GET /api/v2 HTTP/1.1\r\nHost: x\r\nX-A: a\nX-B: b\r\n\r\n'],
    ['a header of no name', 'GET /api/v2 HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n'],
    ['no host', 'GET /api/v2 HTTP/1.1\r\n\r\n'],
    ['another version', 'GET /api/v2 HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['an absolute address', 'GET http://evil.example/api/v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a target without a slash', 'GET api/v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['two slashes', 'GET //evil.example/api/v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a star', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a tunnel', 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['headers without end', `GET /api/v2 HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(5000)}\r\n`],
    ['bytes above ASCII', 'GET /api/v2/\u00ff\u00fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['an upgrade', 'GET /api/v2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ])('are answered or cut off, and nothing breaks: %s', async (_what, text) => {
    const answer = await sendRaw(api.headgate.origin, text);
    expect(answer).toMatch(/^(?:$|HTTP\/1\.1 [234]\d\d )/);
    expect(answer).not.toMatch(/\bat \S+ \(|node_modules|packages\/|HPE_/);
    expect((await api.call('crm/_table/note/1', { key: own.key })).status).toBe(200);
  });
});

/** The bytes that come back within a second, or until the server closes. */
function sendRaw(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
    const end = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, end);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}
