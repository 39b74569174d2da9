/** How to reach one PostgreSQL database, as its service configuration says. */
export interface PostgresSettings {
  /** A name, an address, or the folder of a unix socket (it starts with `/`). */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  /** Session time zone; UTC where it is not set. */
  readonly timezone: string | undefined;
  readonly applicationName: string | undefined;
  /** SQL run after each connect. */
  readonly statements: readonly string[];
  readonly statementTimeoutMs: number;
  readonly readOnly: boolean;
  readonly connectTimeoutMs: number;
}

/** libpq's modes, meaning what libpq means: only the `verify` ones check who answers. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];
