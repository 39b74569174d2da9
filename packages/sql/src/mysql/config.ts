import { z } from 'zod';
import type { SqlConfig, SqlSettings } from '../config.js';
import { type DriverOptions, readDriverOptions } from '../service-type/driver-options.js';
import { commonConfig, commonShape, HOST_AND_DATABASE, optionalText, requireText, serverShape } from '../service-type/schema.js';
import type { SslMode, TlsConfig } from './tls.js';

export interface MysqlConfig extends SqlConfig {
  /** This and the next four may hold lookups. */
  readonly host: string;
  readonly port: number | string | undefined;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly unixSocket: string | undefined;
  readonly collation: string | undefined;
  readonly timezone: string | undefined;
  readonly modes: string | undefined;
  readonly strict: boolean | undefined;
  readonly tls: TlsConfig;
  readonly connectTimeoutMs: number;
  /** Names of driver options without effect. */
  readonly unknownOptions: readonly string[];
}

export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const SSL_MODE_PROBLEM = `The sslmode field must be one of ${SSL_MODES.join(', ')}.`;
const CONNECT_TIMEOUT_MS = 10_000;

const word = (name: string, pattern: RegExp) =>
  optionalText.refine((text) => text === undefined || pattern.test(text), `The ${name} field is not valid.`);

/** Checks and completes the configuration of a MySQL or MariaDB service. */
export function mysqlConfigSchema(settings: SqlSettings): z.ZodType<MysqlConfig> {
  return z
    .object({
      ...serverShape,
      ...commonShape,
      collation: word('collation', /^\w{1,64}$/),
      timezone: word('timezone', /^[A-Za-z0-9_+\-/:]{1,64}$/),
      modes: word('modes', /^[A-Za-z0-9_, ]{1,1000}$/),
      strict: z.coerce.boolean().optional(),
      unix_socket: word('unix socket', /^\/[^\0]*$/),
      sslmode: z.union([z.enum(SSL_MODES, SSL_MODE_PROBLEM), z.literal('').transform(() => undefined)], SSL_MODE_PROBLEM).optional(),
      ssl_ca: optionalText,
    })
    .superRefine((values, context) => {
      requireText(values.unix_socket === undefined ? ['host', 'database'] : ['database'], HOST_AND_DATABASE)(values, context);
      const { sslMode } = readDriverOptions(values.options);
      if (sslMode !== undefined && !isSslMode(sslMode)) context.addIssue({ code: 'custom', path: ['options'], message: SSL_MODE_PROBLEM });
    })
    .transform((values) => {
      const options = readDriverOptions(values.options);
      return {
        ...commonConfig(values, settings),
        host: values.host ?? '',
        port: values.port,
        database: values.database ?? '',
        username: values.username ?? '',
        password: values.password ?? '',
        unixSocket: values.unix_socket,
        collation: values.collation,
        timezone: values.timezone,
        modes: values.modes,
        strict: values.strict,
        tls: tlsConfig(values.sslmode, values.ssl_ca, options),
        connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
        unknownOptions: options.unknown,
      };
    });
}

function isSslMode(word: string): word is SslMode {
  return (SSL_MODES as readonly string[]).includes(word);
}

/** PHP's driver verifies the server as soon as an authority is named, unless told not to. */
function tlsConfig(sslmode: SslMode | undefined, sslCa: string | undefined, options: DriverOptions): TlsConfig {
  const ca = sslCa ?? options.sslCa;
  const named = sslmode ?? (options.sslMode !== undefined && isSslMode(options.sslMode) ? options.sslMode : undefined);
  const isNamedByPhp = ca !== undefined || options.sslCert !== undefined || options.sslVerify !== undefined;
  const implied = !isNamedByPhp ? 'disable' : options.sslVerify === false ? 'require' : 'verify-full';
  return { mode: named ?? implied, ca, cert: options.sslCert, key: options.sslKey };
}
