import { z } from 'zod';
import type { SqlConfig, SqlSettings } from '../config.js';
import { readDriverOptions } from '../service-type/driver-options.js';
import { commonConfig, commonShape, HOST_AND_DATABASE, optionalText, requireText, serverShape } from '../service-type/schema.js';
import { SSL_MODES, type SslMode } from './settings.js';

export interface PostgresConfig extends SqlConfig {
  /** This and the next four may hold lookups. */
  readonly host: string;
  readonly port: number | string | undefined;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly sslMode: SslMode;
  readonly timezone: string | undefined;
  readonly applicationName: string | undefined;
  readonly connectTimeoutMs: number;
  /** Names of driver options without effect. */
  readonly unknownOptions: readonly string[];
}

const SSL_MODE_PROBLEM = `The sslmode field must be one of ${SSL_MODES.join(', ')}.`;
const CONNECT_TIMEOUT_MS = 10_000;

/** Checks and completes the configuration of a PostgreSQL service. */
export function postgresConfigSchema(settings: SqlSettings): z.ZodType<PostgresConfig> {
  return z
    .object({
      ...serverShape,
      ...commonShape,
      sslmode: z.union([z.enum(SSL_MODES, SSL_MODE_PROBLEM), z.literal('').transform(() => undefined)], SSL_MODE_PROBLEM).optional(),
      timezone: optionalText.refine((text) => text === undefined || /^[\w+\-/:. ]{1,64}$/.test(text), 'The timezone field is not valid.'),
      application_name: optionalText.refine(
        (text) => text === undefined || text.length <= 63,
        'The application name field must not be greater than 63 characters.',
      ),
    })
    .superRefine((values, context) => {
      requireText(['host', 'database'], HOST_AND_DATABASE)(values, context);
      const { sslMode } = readDriverOptions(values.options);
      if (sslMode !== undefined && !isSslMode(sslMode)) context.addIssue({ code: 'custom', path: ['options'], message: SSL_MODE_PROBLEM });
    })
    .transform((values) => {
      const options = readDriverOptions(values.options);
      const named = values.sslmode ?? (options.sslMode !== undefined && isSslMode(options.sslMode) ? options.sslMode : undefined);
      return {
        ...commonConfig(values, settings),
        host: values.host ?? '',
        port: values.port,
        database: values.database ?? '',
        username: values.username ?? '',
        password: values.password ?? '',
        // As libpq does where nothing is said.
        sslMode: named ?? 'prefer',
        timezone: values.timezone,
        applicationName: values.application_name,
        connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
        unknownOptions: options.unknown,
      };
    });
}

function isSslMode(word: string): word is SslMode {
  return (SSL_MODES as readonly string[]).includes(word);
}
