import type { DescribedOperation, ServiceDescription, ServiceType } from '@headgate/core';
import { answer, configField, secretField } from '@headgate/core';
import { z } from 'zod';

const get: DescribedOperation = { verb: 'GET', summary: 'Retrieve records', answer: 'records' };
const choice = { name: 'table_name', values: ['contact', 'company'] };

const DESCRIPTION: ServiceDescription = {
  paths: [
    { segments: [], operations: [{ verb: 'GET', summary: 'List the resources', answer: 'resources' }] },
    {
      segments: ['_table', '{table_name}'],
      operations: [get, { verb: 'POST', summary: 'Create records', body: 'records', answer: 'records' }],
      choice,
    },
    { segments: ['_table', '{table_name}', '{id}'], operations: [{ ...get, answer: 'record' }], choice },
  ],
  records: choice.values.map((name) => ({
    segments: ['_table', name],
    name,
    description: null,
    fields: [
      { name: 'id', schema: { type: 'integer' } },
      { name: 'name', schema: { type: 'string' } },
    ],
  })),
};

/** A database type as the SQL package registers them: served in process, no server needed. */
export function testDatabaseType(
  name = 'pgsql',
): ServiceType<{ host: string; database: string; password?: string }> & { opened: number; closed: number } {
  const type = {
    opened: 0,
    closed: 0,
    name,
    label: 'Test database',
    description: 'A database of the tests.',
    group: 'Database',
    singleton: false,
    status: 'works' as const,
    fields: [
      configField('host', 'string', 'Host'),
      configField('port', 'integer', 'Port', { default: 5432 }),
      configField('database', 'string', 'Database'),
      configField('username', 'string', 'Username', { encrypted: true }),
      secretField('password', 'Password'),
      configField('options', 'object', 'Options'),
      configField('allow_upsert', 'boolean', 'Allow Upsert', { default: false }),
      configField('max_records', 'integer', 'Maximum Records', { default: 1000 }),
      configField('cache_enabled', 'boolean', 'Caching', { default: false }),
      configField('cache_ttl', 'integer', 'Cache TTL', { default: 0 }),
    ],
    schema: z
      .object({ host: z.string().optional(), database: z.string().optional(), password: z.string().optional() })
      .superRefine((config, context) => {
        for (const field of ['host', 'database'] as const) {
          if (!config[field])
            context.addIssue({
              code: 'custom',
              path: [field],
              message: 'Database connection information must contain at least host and database name.',
            });
        }
      })
      .transform((config) => config as { host: string; database: string; password?: string }),
    storage: { kind: 'connection' as const, columns: ['options'], inService: ['allow_upsert', 'max_records'], cached: true },
    destinationFields: ['host', 'port'],
    create: (config: { host: string; database: string }) => {
      type.opened++;
      return {
        handle: async () => answer({ host: config.host, database: config.database }),
        events: async () => [{ path: '_table.{table_name}', verbs: ['get', 'post'], parameters: { table_name: ['contact'] } }],
        describe: async () => DESCRIPTION,
        close: async () => {
          type.closed++;
        },
      };
    },
    probe: async (config: { host: string }) => ({ server: `server at ${config.host}`, tables: ['contact'] }),
  };
  return type;
}
