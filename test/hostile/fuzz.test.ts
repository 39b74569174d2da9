import { describe, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { FIELDS, filterOf, GLUE, VALUES } from './support/filter-pieces.js';
import { Fuzzing, ROUNDS } from './support/fuzzing.js';
import type { Random } from './support/random.js';

const database = await postgresServer();

describe.skipIf(!database)('requests to a database, made of random pieces', () => {
  const fuzzing = new Fuzzing(database);

  it('as filters', () =>
    fuzzing.fuzz(
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
    fuzzing.fuzz(2, (random) => [
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
    return fuzzing.fuzz(
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
    return fuzzing.fuzz(
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
    return fuzzing.fuzz(
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
            ...(random.next() < 0.4 && { key: fuzzing.all.key }),
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
    return fuzzing.fuzz(
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
    return fuzzing.fuzz(
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
