import type { CorsRecord } from '@headgate/system-db';
import { describe, expect, it, vi } from 'vitest';
import { compileCors, corsPathProblem, refusedOriginHint } from '../src/index.js';

const APP = 'https://app.example.com';

function rule(more: Partial<CorsRecord> = {}): CorsRecord {
  return {
    id: 1,
    path: 'api/v2/db*',
    origin: APP,
    header: 'Content-Type,X-DreamFactory-API-Key',
    exposedHeader: 'X-Total',
    method: 3,
    maxAge: 600,
    supportsCredentials: false,
    enabled: true,
    ...more,
  };
}

const asks = (method: string, origin = APP, headers?: string) => ({ method, origin, headers });

describe('a preflight', () => {
  it('of an allowed verb answers what the rule allows', () => {
    expect(compileCors([rule()], []).preflight('/api/v2/db/_table/x', asks('GET', APP, 'content-type'))).toEqual({
      status: 204,
      headers: {
        'Access-Control-Allow-Origin': APP,
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': 'content-type, x-dreamfactory-api-key',
        'Access-Control-Max-Age': '600',
      },
    });
  });

  it('is refused for another verb, a disabled rule, another path, and without any rule', () => {
    const refused = { status: 405, headers: {} };
    expect(compileCors([rule()], []).preflight('/api/v2/db', asks('DELETE'))).toEqual(refused);
    expect(compileCors([rule({ enabled: false })], []).preflight('/api/v2/db', asks('GET'))).toEqual(refused);
    expect(compileCors([rule({ path: 'api/v2/db' })], []).preflight('/api/v2/db/x', asks('GET'))).toEqual(refused);
    expect(compileCors([], []).preflight('/api/v2/db', asks('GET'))).toEqual(refused);
  });

  it('echoes the headers asked for where all are allowed', () => {
    const { headers } = compileCors([rule({ header: '*' })], []).preflight('/api/v2/db', asks('GET', APP, 'x-a, x-b'));
    expect(headers).toMatchObject({ 'Access-Control-Allow-Headers': 'x-a, x-b', Vary: 'Access-Control-Request-Headers' });
  });

  it('of an origin that is not in a list is refused', () => {
    const policy = compileCors([rule({ origin: `${APP}, https://*.example.org` })], []);
    expect(policy.preflight('/api/v2/db', asks('GET', 'https://x.example.org')).headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://x.example.org',
      Vary: 'Origin',
    });
    expect(policy.preflight('/api/v2/db', asks('GET', 'https://evil.test'))).toEqual({ status: 405, headers: { Vary: 'Origin' } });
    expect(policy.preflight('/api/v2/db', asks('GET', 'https://example.org.evil.test')).status).toBe(405);
  });
});

describe('the headers of a call', () => {
  it('expose what the rule names and what every page needs', () => {
    const headers = compileCors([rule()], []).headers('/api/v2/db', APP)!;
    expect(headers['Access-Control-Allow-Origin']).toBe(APP);
    const exposed = headers['Access-Control-Expose-Headers']!.split(', ');
    for (const name of ['X-Total', 'X-Request-Id', 'Retry-After', 'RateLimit', 'X-RateLimit-Reset', 'ETag', 'Link'])
      expect(exposed).toContain(name);
  });

  it('are * for any origin, but its name where credentials are allowed', () => {
    expect(compileCors([rule({ origin: '*' })], []).headers('/api/v2/db', 'https://a.test')!['Access-Control-Allow-Origin']).toBe('*');
    expect(compileCors([rule({ origin: '*', supportsCredentials: true })], []).headers('/api/v2/db', 'https://a.test')).toMatchObject({
      'Access-Control-Allow-Origin': 'https://a.test',
      'Access-Control-Allow-Credentials': 'true',
      Vary: 'Origin',
    });
  });

  it('never name an origin that is not allowed', () => {
    const one = compileCors([rule()], []).headers('/api/v2/db', 'https://evil.test')!;
    expect(one['Access-Control-Allow-Origin']).toBe(APP);
    expect(compileCors([rule({ origin: `${APP},https://b.test` })], []).headers('/api/v2/db', 'https://evil.test')).toEqual({
      Vary: 'Origin',
    });
    expect(compileCors([rule()], []).headers('/other', APP)).toBeUndefined();
  });
});

describe('the rule of a path', () => {
  it('is the one with the longest path, with or without leading slash, as wildcard or regular expression', () => {
    const policy = compileCors(
      [
        rule({ path: '*', origin: 'https://all.test' }),
        rule({ path: '/api/v2/db/*', origin: 'https://db.test' }),
        rule({ path: '^/api/v2/db/_table/[a-z]+', origin: 'https://re.test' }),
      ],
      [],
    );
    const origin = (path: string) => policy.headers(path, 'https://x.test')!['Access-Control-Allow-Origin'];
    expect(origin('/api/v2/other')).toBe('https://all.test');
    expect(origin('/api/v2/db/_schema')).toBe('https://db.test');
    expect(origin('/API/v2/db/_table/Contact')).toBe('https://re.test');
  });

  it.each(['^/(a+)+$', '^/(a|a)*$', '^/(.*)\\1', '^/.*.*.*.*x', '^/(?=a)', '^/a?a?a?a?a?a?', '^/(', `^/${'a'.repeat(300)}`])(
    'is refused where it could take long or is none: %s',
    (path) => {
      expect(corsPathProblem(path)).toBeTypeOf('string');
      const log = { debug() {}, info() {}, warn() {}, error() {}, once: vi.fn() };
      expect(compileCors([rule({ path })], [], log).headers('/aaa', APP)).toBeUndefined();
      expect(log.once).toHaveBeenCalledOnce();
    },
  );

  it('is found in little time, whatever the path', () => {
    const paths = ['^/.*a.*b$', '^/[a-z]*x?y?z?w?[a-z]*q', 'a*b*c*d*e*f'];
    for (const path of paths) expect(corsPathProblem(path)).toBeUndefined();
    const policy = compileCors(
      paths.map((path, id) => rule({ id, path })),
      [],
    );
    const started = performance.now();
    for (const path of [`/${'a'.repeat(500)}`, `/${'ab'.repeat(250)}c`, `/${'a'.repeat(100_000)}`]) policy.headers(path, APP);
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe('origins given at start', () => {
  it('may call everything, rules or not', () => {
    const policy = compileCors([rule()], ['http://localhost:5173']);
    expect(policy.preflight('/api/v2/db', asks('DELETE', 'http://localhost:5173', 'x-a'))).toMatchObject({
      status: 204,
      headers: { 'Access-Control-Allow-Origin': 'http://localhost:5173', 'Access-Control-Allow-Headers': 'x-a' },
    });
    expect(policy.allows('/anything', 'http://localhost:5173')).toBe(true);
    expect(policy.allows('/anything', 'http://localhost:9999')).toBe(false);
    expect(policy.preflight('/api/v2/db', asks('DELETE', APP)).status).toBe(405);
  });
});

describe('the hint for a refused origin', () => {
  it('names the call that allows it, whatever the origin holds', () => {
    expect(refusedOriginHint('/api/v2/db', APP)).toContain(`POST /api/v2/system/cors {"resource":[{"path":"*","origin":"${APP}"`);
    expect(refusedOriginHint('/x', 'https://a\r\nb')).not.toMatch(/[\r\n]/);
  });
});
