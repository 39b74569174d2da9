import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { Faults } from './support/contract.js';
import { type App, FOREIGN_TEXT, type GuardedApi, ownNotes, READ_WRITE, startGuardedApi } from './support/guarded-api.js';
import type { CallOptions } from './support/http.js';
import { Random } from './support/random.js';

const database = await postgresServer();

/** So that a run takes seconds; each is repeated exactly by its seed. */
const ROUNDS = 400;

describe.skipIf(!database)('requests made of random pieces', () => {
  let api: GuardedApi;
  let own: App;
  let all: App;
  let token: string;

  beforeAll(async () => {
    api = await startGuardedApi({ database: database! });
    own = await api.appWith('own-notes', [ownNotes(), { service: 'crm', component: '_schema/*', verbs: 1 }]);
    all = await api.appWith('all', [
      { service: 'crm', component: '*', verbs: READ_WRITE },
      { service: 'user', component: '*', verbs: READ_WRITE },
    ]);
    token = await api.headgate.token();
  });

  afterAll(async () => {
    await api?.close();
  });

  const FIELDS = [
    'id',
    'owner_id',
    'title',
    'body',
    'amount',
    'big',
    'data',
    'done',
    'day',
    'at',
    'code',
    'file',
    'tags',
    'nosuch',
    'ID',
    '"title"',
    '[body]',
    '`done`',
  ];
  const VALUES = [
    '1',
    '-1',
    '0',
    '99999999999999999999',
    '1e400',
    '1.5',
    "'x'",
    '"x"',
    'x',
    'true',
    'null',
    '2026-01-01',
    '2026-13-45',
    '25:61',
    "''",
    '%',
    '_',
    '\\',
    ':p',
    '{user.id}',
    '{x}',
    '(now())',
    '(now() - interval 1 day)',
    '(1)',
    '[]',
    '{}',
    '😀',
    '\u0000',
    '\u202e',
    '00000000-0000-0000-0000-000000000000',
    'a'.repeat(300),
    'infinity',
    'NaN',
    '1/0',
    '{1,2',
    '{"a":',
    'tomorrow',
    'epoch',
  ];
  const OPERATORS = [
    '=',
    '!=',
    '<>',
    '<',
    '>',
    '<=',
    '>=',
    'eq',
    'ne',
    'gt',
    'like',
    'not like',
    'in',
    'not in',
    'contains',
    'starts with',
    'ends with',
    'is null',
    'is not null',
    'between',
    'all',
    'regexp',
    '~',
    '==',
  ];
  const GLUE = ['(', ')', ' and ', ' or ', ' xor ', ' not ', ' && ', ' || ', ',', ' ', ';', '--', '/*', "'", '"', '\n'];

  function filterOf(random: Random): string {
    if (random.next() < 0.3) return random.text([...FIELDS, ...VALUES, ...OPERATORS, ...GLUE], 14);
    const one = () => {
      const operator = random.oneOf(OPERATORS);
      const value = operator.endsWith('in')
        ? `(${random.oneOf(VALUES)},${random.oneOf(VALUES)})`
        : operator === 'between'
          ? `${random.oneOf(VALUES)} and ${random.oneOf(VALUES)}`
          : operator.includes('null')
            ? ''
            : random.oneOf(VALUES);
      return `${random.oneOf(FIELDS)} ${operator} ${value}`;
    };
    return random.next() < 0.5
      ? one()
      : `(${one()}) ${random.oneOf(['and', 'or', 'xor', '&&', '||'])} ${random.next() < 0.3 ? 'not ' : ''}(${one()})`;
  }

  const send = (target: string, options: CallOptions) => api.call(target, { key: own.key, ...options });

  /** Runs `ROUNDS` random calls, several at a time, and looks at every answer. */
  async function fuzz(seed: number, one: (random: Random) => readonly [string, CallOptions], rounds = ROUNDS): Promise<void> {
    const random = new Random(seed);
    const faults = new Faults();
    const calls = Array.from({ length: rounds }, () => one(random));
    for (let start = 0; start < calls.length; start += 8)
      await Promise.all(
        calls.slice(start, start + 8).map(async ([target, options]) => {
          const answer = await send(target, options);
          const asked = `${target} ${JSON.stringify({ ...options, body: Buffer.isBuffer(options.body) ? options.body.toString('latin1') : options.body })}`;
          faults.check(answer, asked);
          if (options.key === undefined && options.token === undefined) expect(answer.text.includes(FOREIGN_TEXT), asked).toBe(false);
        }),
      );
    faults.expectNone();
  }

  it('as filters', () =>
    fuzz(
      1,
      (random) => [
        'crm/_table/note',
        {
          query: {
            filter: filterOf(random),
            fields: random.next() < 0.5 ? '*' : 'id',
            ...(random.next() < 0.3 && { 'params[:p]': random.oneOf(VALUES) }),
          },
        },
      ],
      3 * ROUNDS,
    ));

  it('as filters of writes', () =>
    fuzz(2, (random) => [
      'crm/_table/note',
      {
        method: random.oneOf(['PATCH', 'PUT', 'DELETE']),
        query: { filter: `(owner_id = 99) and (${filterOf(random)})` },
        body: { resource: [{ body: 'x' }] },
      },
    ]));

  it('as all parameters of a list', () => {
    const names = [
      'fields',
      'order',
      'limit',
      'offset',
      'ids',
      'id_field',
      'id_type',
      'filter',
      'params',
      'include_count',
      'count_only',
      'include_schema',
      'as_list',
      'continue',
      'rollback',
      'file',
      'accept',
      'wrap',
      'refresh',
      'schema',
      'types',
      'top',
      'skip',
      'sort',
      'order_by',
      'select',
      'where',
      'params[:p]',
      'ids[]',
      'fields[]',
      '__proto__',
      'constructor',
      'fields[__proto__]',
      '',
    ];
    const pieces = [
      ...FIELDS,
      ...VALUES,
      ...GLUE,
      '*',
      'asc',
      'desc',
      'nulls last',
      'nulls first',
      'native',
      'true',
      'report.csv',
      'x.xml',
      'text/csv',
      '../../x',
      'application/xml;q=0',
    ];
    return fuzz(
      3,
      (random) => {
        const query: Record<string, string> = {};
        for (let count = 1 + random.below(4); count > 0; count--) query[random.oneOf(names)] = random.text(pieces, 4);
        return ['crm/_table/note', { query }];
      },
      2 * ROUNDS,
    );
  });

  it('as the path', () => {
    const segments = [
      'crm',
      '_table',
      '_schema',
      '_proc',
      '_func',
      'note',
      'pair',
      'hidden.vault',
      'pg_catalog.pg_authid',
      'information_schema.tables',
      '1',
      '3',
      '1,x',
      '(1,x)',
      '_field',
      '_related',
      'title',
      '%2e%2e',
      '..',
      '.',
      '%00',
      '%2F',
      '%5c',
      '%25',
      '%',
      '%zz',
      '%c0%af',
      '%ff',
      'é',
      '%F0%9F%98%80',
      'a'.repeat(500),
      "'",
      '%22',
      '%3B',
      '~',
      '<x>',
      '{id}',
      'note%20',
      'note"',
      'NOTE',
      'note;--',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'system',
      'user',
      'api_docs',
      'files',
      'v2',
      'session',
      '*',
      '_spec',
      'admin',
      'role',
    ];
    return fuzz(
      4,
      (random) => {
        const path = Array.from({ length: 1 + random.below(5) }, () => encodeUnsafe(random.oneOf(segments))).join('/');
        const method = random.oneOf(['GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
        return [
          `${path}${random.next() < 0.2 ? '/' : ''}${random.next() < 0.1 ? '?filter=%zz' : ''}`,
          { method, ...(method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && { body: { resource: [{ title: 'x' }] } }) },
        ];
      },
      2 * ROUNDS,
    );
  });

  it('as records', () => {
    const values: unknown[] = [
      null,
      true,
      false,
      0,
      -1,
      1.5,
      1e308,
      123456789012345680000,
      '',
      ' ',
      'x',
      '\u0000',
      '\ud800',
      'é'.repeat(100),
      [],
      {},
      [1],
      [[1]],
      [null],
      { a: { b: [] } },
      { expression: 'now()' },
      { expression: 'pg_sleep(1)' },
      { expression: { value: 'now()', params: [] } },
      { expression: null },
      { expression: [] },
      '2026-01-01',
      '2026-02-30',
      '24:00',
      'x'.repeat(300),
      '{user.id}',
      '99999999999999999999999',
      '1e5',
      'NaN',
      'Infinity',
      '{1,2}',
      '{',
      '==',
      'AAAA',
      'data:text/plain;base64,AAAA',
      'http://127.0.0.1:1/x',
    ];
    const names = [...FIELDS, '__proto__', 'constructor', 'toString', '', ' id', 'id ', 'title\u0000', 'x'.repeat(200)];
    const record = (random: Random): Record<string, unknown> => {
      const made: Record<string, unknown> = {};
      for (let count = random.below(5); count > 0; count--)
        Object.defineProperty(made, random.oneOf(names), {
          value: random.oneOf(values),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      return made;
    };
    return fuzz(
      5,
      (random) => {
        const method = random.oneOf(['POST', 'PUT', 'PATCH', 'DELETE']);
        const table = random.oneOf(['note', 'note', 'pair', 'comment']);
        const records = Array.from({ length: random.below(4) }, () => (random.next() < 0.1 ? random.oneOf(values) : record(random)));
        const body = random.oneOf<unknown>([
          { resource: records },
          records,
          record(random),
          { resource: record(random) },
          { ids: random.oneOf(values), resource: records },
          { filter: random.oneOf(values), resource: records },
          { params: random.oneOf(values), filter: 'id = :p', resource: records },
          random.oneOf(values),
        ]);
        const flags = random.oneOf<Record<string, string>>([
          {},
          { continue: 'true' },
          { rollback: 'true' },
          { continue: 'true', rollback: 'true' },
          { fields: '*' },
          { ids: '1,2' },
          { id_field: random.oneOf(FIELDS) },
        ]);
        return [
          `crm/_table/${table}${random.next() < 0.2 ? `/${random.oneOf(['1', 'x', '1,x'])}` : ''}`,
          {
            method,
            body,
            query: flags,
            ...(random.next() < 0.4 && { key: all.key }),
            ...(random.next() < 0.2 && { headers: { prefer: 'handling=strict' } }),
          },
        ];
      },
      3 * ROUNDS,
    );
  });

  it('as bodies in every format', () => {
    const types = [
      'application/json',
      'application/xml',
      'text/xml',
      'text/csv',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/octet-stream',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/vnd.api+json',
      '',
      'x',
    ];
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '"resource"',
      '"title"',
      '1',
      'null',
      'true',
      '\\u0000',
      '\\ud800',
      '\\',
      '<',
      '>',
      '</',
      '/>',
      '<resource>',
      '</resource>',
      '<title>',
      '</title>',
      '<!DOCTYPE x>',
      '<!ENTITY a "b">',
      '&a;',
      '&lt;',
      '&#0;',
      '&#x110000;',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?xml version="1.0"?>',
      '<?x',
      ' ',
      '\n',
      '\r\n',
      'title,owner_id',
      'x,7',
      '"a""b"',
      '=',
      '&',
      '%00',
      '%',
      'title=x',
      '--x',
      '\u0000',
      '\ufeff',
      'é',
      '1e999',
      '-',
      '0x1',
    ];
    return fuzz(
      6,
      (random) => {
        const text = random.text(pieces, 20);
        const body = random.next() < 0.1 ? Buffer.from(Array.from({ length: 40 }, () => random.below(256))) : text;
        return [
          random.oneOf(['crm/_table/note', 'crm/_table/note/1', 'user/session', 'crm/_table/pair']),
          {
            method: random.oneOf(['POST', 'PATCH', 'DELETE']),
            body,
            headers: { 'content-type': random.oneOf(types), accept: random.oneOf(['application/json', '*/*']) },
          },
        ];
      },
      2 * ROUNDS,
    );
  });

  it('as records of the system', () => {
    const resources = ['role', 'app', 'user', 'admin', 'service', 'lookup', 'cors', 'custom', 'email_template'];
    const names = [
      'id',
      'name',
      'label',
      'description',
      'type',
      'config',
      'is_active',
      'email',
      'password',
      'username',
      'api_key',
      'role_id',
      'path',
      'origin',
      'method',
      'value',
      'private',
      'to',
      'role_service_access_by_role_id',
      'lookup_by_role_id',
      'user_to_app_to_role_by_user_id',
      'service_doc_by_service_id',
      'created_date',
      'is_sys_admin',
      '__proto__',
      'nosuch',
      'max_age',
      'default_app_id',
      'security_answer',
      'storage_service_id',
    ];
    const values: unknown[] = [
      null,
      true,
      0,
      -1,
      1,
      1.5,
      1e300,
      2147483648,
      '',
      'x',
      'x'.repeat(70_000),
      '\u0000',
      '\ud800',
      [],
      [1],
      [null],
      [[]],
      {},
      { a: 1 },
      [{}],
      [{ id: 1 }],
      [{ id: 'x', role_id: '7' }],
      [{ service_id: 'x', component: {}, verb_mask: 'GET', filters: 'x' }],
      [{ verb_mask: 1e9, requestor_mask: -1, filters: [{ name: 1, operator: [], value: {} }] }],
      'GET',
      ['GET', 'ZZZ'],
      '**********',
      'pgsql',
      'sqlite',
      { host: {}, port: 'x' },
      'a@b.c',
      '2026-01-01',
    ];
    return fuzz(
      7,
      (random) => {
        const record: Record<string, unknown> = {};
        for (let count = random.below(5); count > 0; count--)
          Object.defineProperty(record, random.oneOf(names), {
            value: random.oneOf(values),
            enumerable: true,
            configurable: true,
            writable: true,
          });
        const method = random.oneOf(['POST', 'POST', 'PATCH', 'PUT']);
        const id = random.oneOf(['', '', '/999', '/x', '/1e1', '/-1', '/%00', '/9999999999999999999999']);
        const query = random.oneOf<Record<string, string>>([
          {},
          { fields: '*' },
          { continue: 'true' },
          { rollback: 'true' },
          { related: 'nosuch' },
          { ids: '998,999' },
          { filter: 'id = 999' },
          { filter: filterOf(random) },
        ]);
        return [
          `system/${random.oneOf(resources)}${id}`,
          { token, method, query, body: random.next() < 0.8 ? { resource: [record] } : record },
        ];
      },
      2 * ROUNDS,
    );
  });

  it('as reads of the system', () => {
    const resources = [
      'role',
      'app',
      'user',
      'admin',
      'service',
      'lookup',
      'cors',
      'custom',
      'email_template',
      'service_type',
      'event',
      'constant',
      'cache',
      '',
    ];
    const fields = ['id', 'name', 'label', 'is_active', 'created_date', 'nosuch', 'type', 'email', 'config', 'value', 'password'];
    const names = [
      'fields',
      'order',
      'limit',
      'offset',
      'ids',
      'id_field',
      'filter',
      'include_count',
      'count_only',
      'include_schema',
      'as_list',
      'related',
      'group',
      'file',
      'accept',
      'params',
      'service',
      'scriptable',
    ];
    return fuzz(
      8,
      (random) => {
        const filter = `${random.oneOf(fields)} ${random.oneOf(OPERATORS)} ${random.oneOf([...VALUES, '(1,2)'])}`;
        const query: Record<string, string> = random.next() < 0.4 ? { filter: random.next() < 0.5 ? filter : filterOf(random) } : {};
        for (let count = random.below(3); count > 0; count--)
          query[random.oneOf(names)] = random.text([...fields, ...VALUES, ...GLUE, '*', 'desc', 'true'], 3);
        return [
          `system/${random.oneOf(resources)}${random.oneOf(['', '', '/1', `/${encodeURIComponent(random.oneOf(VALUES))}`])}`,
          { token, query },
        ];
      },
      2 * ROUNDS,
    );
  });

  it('as calls of the user service', () => {
    const values: unknown[] = [
      '',
      'x',
      'a@b.c',
      '\u0000',
      'x'.repeat(5000),
      1,
      null,
      true,
      [],
      {},
      ['a'],
      { $ne: '' },
      "' or 1=1 --",
      '\ud800',
      '**********',
    ];
    const names = [
      'email',
      'username',
      'password',
      'old_password',
      'new_password',
      'code',
      'security_answer',
      'service',
      'remember_me',
      'first_name',
      'name',
      'value',
      'session_token',
      'api_key',
      '__proto__',
      'resource',
      'oauth_callback',
      'state',
    ];
    return fuzz(9, (random) => {
      const body: Record<string, unknown> = {};
      for (let count = random.below(5); count > 0; count--)
        Object.defineProperty(body, random.oneOf(names), {
          value: random.oneOf(values),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      const target = random.oneOf([
        'user/password',
        'user/profile',
        'user/register',
        'user/custom',
        'user/custom/x',
        'system/admin/password',
        'system/admin/profile',
        'user/nosuch',
        'user',
      ]);
      const query = random.oneOf<Record<string, string>>([{}, { reset: 'true' }, { login: 'true' }, { service: "x'" }]);
      // The administrator stays as he is: the other tests need him.
      return [target, { method: random.oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), body, query, key: all.key }];
    });
  });

  it('as headers', () => {
    const names = [
      'x-request-id',
      'x-http-method',
      'x-http-method-override',
      'x-method-override',
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'forwarded',
      'host',
      'origin',
      'referer',
      'accept',
      'content-type',
      'prefer',
      'wrap',
      'authorization',
      'x-dreamfactory-session-token',
      'cookie',
      'range',
      'if-none-match',
      'if-modified-since',
      'content-encoding',
      'accept-encoding',
      'expect',
      'user-agent',
      'x-dreamfactory-script-token',
      'access-control-request-method',
      'sec-fetch-site',
      'x_http_method',
      'upgrade',
    ];
    const values = [
      '',
      'x',
      'GET',
      'DELETE',
      'TRACE',
      'CONNECT',
      'get',
      '../../x',
      "' or 1=1 --",
      '<script>',
      'a'.repeat(4000),
      '127.0.0.1',
      '::1',
      '1.2.3.4, 5.6.7.8',
      '999.999.999.999',
      'http://evil.example',
      'null',
      '*/*',
      'text/html',
      'application/xml',
      'text/csv;q=x',
      'application/json;q=0',
      ';;;',
      'q=',
      'handling=strict',
      'true',
      'false',
      'Bearer',
      'Basic eA==',
      'gzip',
      'bytes=0-',
      'é'.normalize('NFC'),
      '%00',
      '\t',
      '{user.id}',
      '__proto__',
      'utf-16',
      '99999999999',
    ];
    return fuzz(
      10,
      (random) => {
        const headers: Record<string, string> = {};
        for (let count = 1 + random.below(3); count > 0; count--) headers[random.oneOf(names)] = random.oneOf(values);
        // Without what would make Node itself wait or answer.
        delete headers[headers.expect === undefined ? 'none' : 'expect'];
        delete headers[headers.upgrade === undefined ? 'none' : 'upgrade'];
        return ['crm/_table/note', { method: random.oneOf(['GET', 'POST']), headers, body: undefined }];
      },
      2 * ROUNDS,
    );
  });
});

/** As a hostile client would: what cannot stand in a request line at all is encoded, all else left. */
const encodeUnsafe = (text: string) => text.replace(/[^\u0021-\u007e]|[?#]/gu, (char) => encodeURIComponent(char));
