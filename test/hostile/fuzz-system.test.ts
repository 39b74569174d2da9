import { describe, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { filterOf, GLUE, OPERATORS, VALUES } from './support/filter-pieces.js';
import { Fuzzing, ROUNDS } from './support/fuzzing.js';

const database = await postgresServer();

describe.skipIf(!database)('requests to the system, made of random pieces', () => {
  const fuzzing = new Fuzzing(database);

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
    return fuzzing.fuzz(
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
          { token: fuzzing.token, method, query, body: random.next() < 0.8 ? { resource: [record] } : record },
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
    return fuzzing.fuzz(
      8,
      (random) => {
        const filter = `${random.oneOf(fields)} ${random.oneOf(OPERATORS)} ${random.oneOf([...VALUES, '(1,2)'])}`;
        const query: Record<string, string> = random.next() < 0.4 ? { filter: random.next() < 0.5 ? filter : filterOf(random) } : {};
        for (let count = random.below(3); count > 0; count--)
          query[random.oneOf(names)] = random.text([...fields, ...VALUES, ...GLUE, '*', 'desc', 'true'], 3);
        return [
          `system/${random.oneOf(resources)}${random.oneOf(['', '', '/1', `/${encodeURIComponent(random.oneOf(VALUES))}`])}`,
          { token: fuzzing.token, query },
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
    return fuzzing.fuzz(9, (random) => {
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
      return [target, { method: random.oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), body, query, key: fuzzing.all.key }];
    });
  });
});
