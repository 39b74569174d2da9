import type { ServiceRequest } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { type InjectedRequest, inject } from '../src/index.ts';
import { KEY, type TestApiOptions, testApi } from './support.ts';

async function send(request: InjectedRequest, options: TestApiOptions = {}) {
  const api = testApi(options);
  const response = await inject(api.listener, { ...request, headers: { ...KEY, ...request.headers } });
  return { ...response, seen: api.seen[0] };
}

/** The request that the service got. */
async function seenOf(request: InjectedRequest, options: TestApiOptions = {}): Promise<ServiceRequest> {
  const { seen, status } = await send(request, options);
  expect(status).toBe(200);
  return seen!;
}

describe('a path', () => {
  it.each([
    ['/api/v2/db/_table/people', ['_table', 'people'], '2.0', false],
    ['/api/v2/db/_table/people/', ['_table', 'people'], '2.0', true],
    ['/api/db/_table', ['_table'], '2.0', false],
    ['/api/v3/DB', [], '3.0', false],
    ['/api/v9.1/db', [], '9.1', false],
    ['/api/v2/db//_table///5', ['_table', '5'], '2.0', false],
    ['/api/v2/db/_table/t/a%2Fb%20%C3%A9%25', ['_table', 't', 'a/b é%'], '2.0', false],
    ['/api/v2/db/_table/t/~"<Ж日', ['_table', 't', '~"<Ж日'], '2.0', false],
    ['/api/v2/db/../x/%2e%2e/y', ['x', 'y'], '2.0', false],
    ['/api/v2/db/_table/a..b', ['_table', 'a..b'], '2.0', false],
  ])('%s leads to %j', async (path, segments, apiVersion, trailingSlash) => {
    const seen = await seenOf({ path: encodeURI(path).replaceAll('%25', '%') });
    expect(seen).toMatchObject({ service: 'db', path: segments, apiVersion, trailingSlash });
  });

  it.each(['/api/v2/db/%zz', '/api/v2/db/%ff', '/api/v2/db/a%00b', '/api/v2/%zz', '/api/v2/db?a=%zz', '/api/v2/db?%ff=1'])(
    '%s is a 400',
    async (path) => {
      expect((await send({ path })).status).toBe(400);
    },
  );

  it('of the API root answers the list of services; another prefix moves everything', async () => {
    for (const path of ['/api', '/api/', '/api/v2', '/api/v2/'])
      expect((await send({ path })).json()).toEqual({ services: [], service_types: [] });
    expect((await send({ path: '/rest/x/v2/db' }, { rules: { prefix: '/rest/x' } })).status).toBe(200);
    expect((await send({ path: '/apix/v2/db' })).status).toBe(404);
    expect((await send({ method: 'POST', path: '/api' })).status).toBe(405);
  });

  it('to an unknown service is refused like the access to it', async () => {
    expect((await send({ path: '/api/v2/nope', headers: { 'X-DreamFactory-API-Key': [] } })).status).toBe(400);
    expect((await send({ path: '/api/v2/nope' })).json()).toMatchObject({
      error: { code: 404, message: 'Could not find a service for nope' },
    });
  });
});

describe('a query', () => {
  it('takes the last of a repeated name, keeps case, and reads bracketed names as maps', async () => {
    const { parameters } = await seenOf({
      path: '/api/v2/db?a=1&a=2&A=3&params[:x]=1&params%5B:y%5D=b+c&ids[]=1&ids[]=2&flag&=x&&e=%2B%26',
    });
    expect([parameters.get('a'), parameters.get('A'), parameters.get('flag'), parameters.get('e')]).toEqual(['2', '3', '', '+&']);
    expect(parameters.map('params')).toEqual({ ':x': '1', ':y': 'b c' });
    expect(parameters.get('ids')).toBe('1,2');
    expect(parameters.names()).toEqual(['a', 'A', 'ids', 'flag', 'e', 'params']);
    expect(parameters.has('params')).toBe(true);
    expect(parameters.get('params')).toBeUndefined();
  });

  it('cannot reach a prototype', async () => {
    const { parameters } = await seenOf({ path: '/api/v2/db?__proto__[x]=1&params[__proto__]=1&constructor=1' });
    expect(parameters.map('params')?.x).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('with too many parameters, and a URL that is too long, are refused', async () => {
    expect((await send({ path: `/api/v2/db?${'a=1&'.repeat(1001)}` })).status).toBe(400);
    const tooLong = await send({ path: `/api/v2/db?filter=${'x'.repeat(70_000)}` });
    expect(tooLong.status).toBe(431);
    expect(tooLong.json()).toMatchObject({ error: { code: 431 } });
  });
});

describe('the verb of a POST', () => {
  it.each([
    [{ 'X-HTTP-Method-Override': 'delete' }, '', 'DELETE'],
    [{ 'X-HTTP-Method-Override': 'PUT', 'X-HTTP-Method': 'GET' }, '?_method=PATCH&method=DELETE', 'PUT'],
    [{ 'X-HTTP-Method': 'GET' }, '?_method=PATCH', 'PATCH'],
    [{ 'X-HTTP-Method': 'GET', 'X-Method-Override': 'PUT' }, '?method=DELETE', 'GET'],
    [{ 'X-Method-Override': 'PUT' }, '?method=DELETE', 'PUT'],
    [{}, '?method=merge', 'PATCH'],
    [{ 'X-HTTP-Method': 'MERGE' }, '', 'PATCH'],
    [{ 'X-HTTP-Method': 'HEAD' }, '', 'GET'],
    [{}, '', 'POST'],
  ])('with %j and %s is %s', async (headers, query, verb) => {
    expect((await seenOf({ method: 'POST', path: `/api/v2/db${query}`, headers })).verb).toBe(verb);
  });

  it('may be overridden by a form field, before the query', async () => {
    const request = {
      method: 'POST',
      path: '/api/v2/db?_method=PUT',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: '_method=DELETE',
    };
    expect((await seenOf(request)).verb).toBe('DELETE');
  });

  it('is not overridden for other methods', async () => {
    expect((await seenOf({ path: '/api/v2/db?method=DELETE&_method=DELETE', headers: { 'X-HTTP-Method': 'DELETE' } })).verb).toBe('GET');
    expect((await seenOf({ method: 'PUT', path: '/api/v2/db', headers: { 'X-HTTP-Method': 'DELETE' } })).verb).toBe('PUT');
  });

  it.each([
    ['MERGE', {}],
    ['POST', { 'X-HTTP-Method': 'FROB' }],
    ['PROPFIND', {}],
  ])('%s with %j is a 405', async (method, headers) => {
    const { status, seen } = await send({ method, path: '/api/v2/db', headers });
    expect(status).toBe(405);
    expect(seen).toBeUndefined();
  });
});

describe('HEAD and OPTIONS', () => {
  it('HEAD is GET without the body, its length included', async () => {
    const { status, text, headers, seen } = await send({ method: 'HEAD', path: '/api/v2/db' });
    expect([status, text, headers['content-length'], seen?.verb]).toEqual([200, '', '11', 'GET']);
  });

  it('OPTIONS is answered without credentials and never reaches a service', async () => {
    const { status, headers, seen } = await send({ method: 'OPTIONS', path: '/api/v2/db', headers: { 'X-DreamFactory-API-Key': [] } });
    expect([status, headers.allow, seen]).toEqual([204, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS', undefined]);
  });
});

describe('credentials', () => {
  const NO_KEY = { 'X-DreamFactory-API-Key': [] as string[] };
  const callerOf = async (request: InjectedRequest) => {
    const { seen } = await send(
      { ...request, headers: { ...NO_KEY, ...request.headers } },
      { identify: ({ apiKey, token, basic }) => ({ isAdmin: true, requestor: 'API', apiKey, sessionToken: token, user: basic }) as never },
    );
    const { apiKey, sessionToken, user } = seen!.caller;
    return { apiKey, sessionToken, basic: user as unknown };
  };

  it('API key: the query comes before the header, the header before the body', async () => {
    const header = { 'X-DreamFactory-API-Key': 'h' };
    expect((await callerOf({ path: '/api/v2/db?api_key=q', headers: header })).apiKey).toBe('q');
    expect((await callerOf({ method: 'POST', path: '/api/v2/db', headers: header, body: { api_key: 'b' } })).apiKey).toBe('h');
    expect((await callerOf({ method: 'POST', path: '/api/v2/db', body: { api_key: 'b' } })).apiKey).toBe('b');
    expect(
      (await callerOf({ method: 'POST', path: '/api/v2/db', headers: { 'Content-Type': 'text/csv' }, body: 'api_key\nb\n' })).apiKey,
    ).toBeUndefined();
  });

  it.each(['x_dreamfactory_api_key', 'X-DREAMFACTORY-API-KEY', 'X-DreamFactory_Api-Key'])('the header may be written %s', async (name) => {
    expect((await callerOf({ path: '/api/v2/db', headers: { [name]: 'h' } })).apiKey).toBe('h');
  });

  it('session token: Bearer before the header, the header before body and query', async () => {
    const header = { 'X-DreamFactory-Session-Token': 'h' };
    expect((await callerOf({ path: '/api/v2/db?session_token=q', headers: { ...header, Authorization: 'Bearer b' } })).sessionToken).toBe(
      'b',
    );
    expect((await callerOf({ path: '/api/v2/db?session_token=q', headers: header })).sessionToken).toBe('h');
    expect((await callerOf({ method: 'POST', path: '/api/v2/db?session_token=q', body: { session_token: 'p' } })).sessionToken).toBe('p');
    expect((await callerOf({ path: '/api/v2/db?session_token=q' })).sessionToken).toBe('q');
  });

  it('basic credentials count only where there is no token', async () => {
    const headers = { Authorization: `Basic ${Buffer.from('a@b.c:x:y').toString('base64')}` };
    expect((await callerOf({ path: '/api/v2/db', headers })).basic).toEqual({ username: 'a@b.c', password: 'x:y' });
    expect((await callerOf({ path: '/api/v2/db?session_token=q', headers })).basic).toBeUndefined();
  });
});

describe('the request id', () => {
  it('is the client’s where it is a plain one, and stands in answer and errors', async () => {
    const { headers, json } = await send({ path: '/api/v2/nope', headers: { 'X-Request-Id': 'abc.1_2-3' } });
    expect(headers['x-request-id']).toBe('abc.1_2-3');
    expect(json()).toMatchObject({ error: { request_id: 'abc.1_2-3' } });
  });

  it.each(['a b', '<script>', 'x'.repeat(65), ''])('%j is replaced', async (id) => {
    const { headers, seen } = await send({ path: '/api/v2/db', headers: { 'X-Request-Id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen?.origin.requestId).toBe(headers['x-request-id']);
  });
});

describe('the client’s address', () => {
  const forwarded = { 'X-Forwarded-For': '9.9.9.9, 203.0.113.7, 10.0.0.3' };
  const addressOf = async (trustedProxies: string[], headers: Record<string, string> = forwarded) =>
    (await seenOf({ path: '/api/v2/db', headers }, { trustedProxies })).origin.address;

  it('is the peer’s where no proxy is trusted', async () => {
    expect(await addressOf([])).toBe('127.0.0.1');
    expect(await addressOf(['10.0.0.0/8'])).toBe('127.0.0.1');
  });

  it('is the last that no trusted proxy is', async () => {
    expect(await addressOf(['127.0.0.1', '10.0.0.0/8'])).toBe('203.0.113.7');
    expect(await addressOf(['loopback', 'uniquelocal'])).toBe('203.0.113.7');
    expect(await addressOf(['loopback'])).toBe('10.0.0.3');
    expect(await addressOf(['loopback'], { 'X-Forwarded-For': 'not an address' })).toBe('127.0.0.1');
  });
});

it('Prefer: handling=strict is passed on', async () => {
  expect((await seenOf({ path: '/api/v2/db', headers: { Prefer: 'respond-async, handling=strict' } })).strict).toBe(true);
  expect((await seenOf({ path: '/api/v2/db', headers: { Prefer: 'handling=lenient' } })).strict).toBe(false);
});
