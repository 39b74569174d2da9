import { afterAll, describe, expect, it } from 'vitest';
import { serviceOf, testEnvironment } from './service-client.js';

const STATEMENTS = [
  'CREATE TABLE IF NOT EXISTS contact (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, rating DECIMAL(4,2), born DATE, photo BLOB)',
  'CREATE TABLE IF NOT EXISTS "odd name" (id INTEGER PRIMARY KEY)',
];

describe('the description of a database', async () => {
  const environment = await testEnvironment();
  const service = serviceOf(environment, 'sqlite', { database: 'described.db', statements: STATEMENTS });
  afterAll(async () => {
    await service.close();
    await environment.remove();
  });

  it('has the calls that are served, and the names of the tables', async () => {
    const { paths } = await service.describe!({ refresh: false });
    const verbs = paths.map(({ segments, operations }) => [segments.join('/'), operations.map(({ verb }) => verb).join(' ')]);
    expect(verbs).toEqual([
      ['', 'GET'],
      ['_schema', 'GET'],
      ['_schema/{table_name}', 'GET'],
      ['_schema/{table_name}/{field_name}', 'GET'],
      ['_table', 'GET'],
      ['_table/{table_name}', 'GET POST PUT PATCH DELETE'],
      ['_table/{table_name}/{id}', 'GET PUT PATCH DELETE'],
    ]);
    expect(paths.at(-1)!.choice).toEqual({ name: 'table_name', values: ['contact', 'odd name'] });
  });

  it('has the fields of each table as they look in answers', async () => {
    const { records } = await service.describe!({ refresh: true });
    const contact = records!.find(({ name }) => name === 'contact')!;
    expect(contact.segments).toEqual(['_table', 'contact']);
    expect(contact.fields).toEqual([
      { name: 'id', schema: expect.objectContaining({ type: 'integer' }) },
      { name: 'name', schema: { type: 'string', maxLength: 40, description: 'Name' } },
      { name: 'rating', schema: { type: 'number', description: 'Rating', nullable: true } },
      { name: 'born', schema: { type: 'string', format: 'date', description: 'Born', nullable: true } },
      { name: 'photo', schema: { type: 'string', format: 'byte', description: 'Photo', nullable: true } },
    ]);
  });
});
