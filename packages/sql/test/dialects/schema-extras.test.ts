import type { JsonObject, Logger, StoredSchemaExtras } from '@headgate/core';
import { SILENT } from '@headgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlServiceTypes } from '../../src/service-type/sql-service-types.js';
import { DEPS, ServiceClient, testEnvironment } from './service-client.js';

const NONE = { alias: null, label: null, description: null };
const field = (name: string, more: JsonObject): JsonObject => ({ table: 'contact', field: name, ...NONE, ...more });

/** As the system database has them: texts, and JSON as text. */
const EXTRAS: StoredSchemaExtras = {
  tables: [{ table: 'contact', alias: 'person', label: 'Person', plural: 'People', description: 'Who we know', name_field: 'full_name' }],
  fields: [
    field('id', { alias: 'key' }),
    field('full_name', { alias: 'name', label: 'Full name', description: 'Given and family name' }),
    field('kind', { picklist: '["friend","foe"]', validation: '{"picklist":{"on_fail":"No such kind"}}' }),
    field('made_at', { extra_type: 'timestamp_on_create' }),
    field('ghost', { extra_type: 'no-such-type', is_virtual: true }),
  ],
  relationships: [{ table: 'contact', relationship: 'contact_by_boss', ...NONE, alias: 'staff', always_fetch: true }],
  virtualRelationships: [],
};

const STATEMENTS = [
  'CREATE TABLE IF NOT EXISTS contact (id INTEGER PRIMARY KEY, full_name TEXT, kind TEXT, made_at TIMESTAMP, boss INTEGER REFERENCES contact (id))',
];

describe('a SQLite service with stored schema extras', async () => {
  const environment = await testEnvironment();
  const said: string[] = [];
  const log: Logger = { ...SILENT, once: (key) => void said.push(key) };
  const type = sqlServiceTypes(environment).find(({ name }) => name === 'sqlite')!;
  const service = type.create(type.schema.parse({ database: 'extras.db', statements: STATEMENTS }), {
    ...DEPS,
    log,
    schemaExtras: EXTRAS,
  });
  const client = new ServiceClient(service);

  beforeAll(async () => {
    const resource = [
      { key: 1, name: 'Ada', kind: 'friend' },
      { key: 2, name: 'Bob', kind: 'foe' },
      { key: 3, name: 'Cleo', kind: 'foe' },
    ];
    expect(await client.call('POST', '_table/person', { body: { resource } })).toMatchObject({
      status: 200,
      body: [{ key: 1 }, { key: 2 }, { key: 3 }],
    });
  });
  afterAll(async () => {
    await service.close();
    await environment.remove();
  });

  it('reads by the alias of the key: by id, by ids, filtered and in order', async () => {
    expect((await client.get('_table/person/2', { fields: 'key,name' })).body).toEqual({ key: 2, name: 'Bob' });
    expect((await client.get('_table/person', { ids: '3,1', fields: 'name' })).body).toEqual([{ name: 'Cleo' }, { name: 'Ada' }]);
    const filtered = await client.get('_table/person', { filter: '(key > 1) and (name like "%o%")', order: 'key desc', fields: 'key' });
    expect(filtered.body).toEqual([{ key: 3 }, { key: 2 }]);
  });

  it('writes by the alias of the key', async () => {
    expect((await client.call('PATCH', '_table/person/1', { body: { name: 'Ada L.' } })).body).toEqual({ key: 1 });
    expect((await client.call('PATCH', '_table/person', { body: { resource: [{ key: 2, name: 'Bo' }] } })).body).toEqual([{ key: 2 }]);
    expect((await client.get('_table/person/2', { fields: 'name' })).body).toEqual({ name: 'Bo' });
    expect((await client.call('DELETE', '_table/person/3')).body).toEqual({ key: 3 });
  });

  it('knows the table below _table by its alias alone, below _schema by its name', async () => {
    await expect(client.get('_table/contact')).rejects.toMatchObject({ reason: 'table_not_found' });
    expect((await client.get('_schema/contact')).body).toMatchObject({
      name: 'contact',
      alias: 'person',
      label: 'Person',
      plural: 'People',
      description: 'Who we know',
      name_field: 'full_name',
      field: expect.arrayContaining([
        expect.objectContaining({ name: 'id', alias: 'key' }),
        expect.objectContaining({ name: 'full_name', alias: 'name', label: 'Full name', description: 'Given and family name' }),
        expect.objectContaining({ name: 'kind', picklist: ['friend', 'foe'] }),
        expect.objectContaining({ name: 'made_at', type: 'timestamp_on_create' }),
      ]),
    });
  });

  it('applies validations and remembered types to what is written', async () => {
    const create = (record: JsonObject) => client.call('POST', '_table/person', { body: { resource: [record] }, query: { fields: '*' } });
    await expect(create({ name: 'Dan', kind: 'stranger' })).rejects.toMatchObject({
      context: { resource: [expect.objectContaining({ message: 'No such kind' })] },
    });
    const [record] = (await create({ name: 'Dan', kind: 'foe' })).body as JsonObject[];
    expect(record!.made_at).toMatch(/^\d{4}-\d\d-\d\d/);
    expect(record).not.toHaveProperty('ghost');
  });

  it('says once what has no effect', async () => {
    await client.get('_schema/contact', { refresh: 'true' });
    expect(said.filter((key) => key.startsWith('extras:'))).toEqual([
      'extras:db:contact.ghost:extra_type',
      'extras:db:contact.contact_by_boss:always_fetch',
    ]);
  });
});
