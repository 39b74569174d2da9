import { z } from 'zod';
import type { SqlConfig, SqlSettings } from '../config.js';

/** Text fields: blank means absent. */
export const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

/** A lookup that stands for a value known when the service starts: `{db.port}`. */
const LOOKUP = /^\{[^{}]+\}$/;

export const optionalPort = z
  .union([
    z.coerce
      .number()
      .int()
      .min(1, 'The port field must be between 1 and 65535.')
      .max(65_535, 'The port field must be between 1 and 65535.'),
    z.string().regex(LOOKUP),
  ])
  .optional();

/** Name and value pairs; an empty list is how clients of the original write an empty object. */
export const optionMap = z
  .union([
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    z
      .array(z.unknown())
      .length(0)
      .transform(() => ({})),
  ])
  .optional();

const positive = (name: string) =>
  z.coerce.number().int(`The ${name} field must be an integer.`).min(1, `The ${name} field must be at least 1.`);

/** Fields that every SQL service type has. Members are as `fields.ts` lists them. */
export const commonShape = {
  options: optionMap,
  attributes: z.unknown().optional(),
  statements: z.array(z.string()).optional(),
  allow_upsert: z.coerce.boolean().optional(),
  // What is not positive counts as not set, as in the original (database-services.md 1.3).
  max_records: z.coerce.number().optional(),
  cache_enabled: z.coerce.boolean().optional(),
  cache_ttl: z.coerce.number().int().min(0, 'The cache ttl field must not be negative.').optional(),
  pool_max: positive('pool max').max(1_000, 'The pool max field must not be greater than 1000.').optional(),
  acquire_timeout: positive('acquire timeout').max(3_600, 'The acquire timeout field must not be greater than 3600.').optional(),
  statement_timeout: z.coerce
    .number()
    .int('The statement timeout field must be an integer.')
    .min(0, 'The statement timeout field must not be negative.')
    .max(86_400, 'The statement timeout field must not be greater than 86400.')
    .optional(),
  read_only: z.coerce.boolean().optional(),
  types: z.enum(['contract', 'native'], 'The types field must be contract or native.').optional(),
};

/** Fields of the types that connect to a server. */
export const serverShape = {
  host: optionalText,
  port: optionalPort,
  database: optionalText,
  username: z.string().optional(),
  password: z.string().optional(),
  schema: optionalText,
  charset: optionalText,
};

export type CommonValues = z.infer<z.ZodObject<typeof commonShape>>;

export const HOST_AND_DATABASE = 'Database connection information must contain at least host and database name.';

/** Adds the contract's message for each of the fields that has no value. */
export function requireText<Name extends string>(names: readonly Name[], message: string) {
  return (
    values: Readonly<Partial<Record<Name, unknown>>>,
    context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
  ): void => {
    for (const name of names) if (values[name] === undefined) context.addIssue({ code: 'custom', path: [name], message });
  };
}

const DEFAULT_MAX_RECORDS = 1_000;

/** What the common fields mean, with the worker's settings where they are blank. */
export function commonConfig(values: CommonValues & { readonly schema?: string | undefined }, settings: SqlSettings): SqlConfig {
  const { max_records: maxRecords = 0, schema } = values;
  return {
    schema: schema === undefined || schema.toLowerCase() === 'all' ? undefined : schema,
    allowUpsert: values.allow_upsert ?? false,
    maxRecords:
      maxRecords >= 1 ? Math.min(Math.trunc(maxRecords), settings.maxRecordsCap) : Math.min(DEFAULT_MAX_RECORDS, settings.maxRecordsCap),
    cacheEnabled: values.cache_enabled ?? false,
    cacheTtl: values.cache_ttl ?? 0,
    statements: (values.statements ?? []).map((statement) => statement.trim()).filter((statement) => statement !== ''),
    poolMax: values.pool_max ?? settings.defaultPoolMax,
    acquireTimeoutMs: values.acquire_timeout === undefined ? settings.defaultAcquireTimeoutMs : values.acquire_timeout * 1_000,
    statementTimeoutMs: values.statement_timeout === undefined ? settings.defaultStatementTimeoutMs : values.statement_timeout * 1_000,
    readOnly: values.read_only ?? false,
    types: values.types ?? 'contract',
  };
}
