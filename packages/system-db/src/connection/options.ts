import type { Logger } from '@headgate/core';
import type { Encrypter } from '../encryption/encrypter.js';
import type { SystemDialect } from '../system-database.js';

/** TLS of the connection to a server; `rejectUnauthorized: false` does not verify its certificate. */
export interface SystemTls {
  readonly rejectUnauthorized?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** Where the system database is (`DB_*`). */
export interface SystemDatabaseOptions {
  readonly dialect: SystemDialect;
  /** PostgreSQL and MySQL; 127.0.0.1 without. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** TLS options of the connection; `false` or absent for none. */
  readonly ssl?: boolean | SystemTls | undefined;
  /** Connections of the pool; 10 without. The proof has one of its own beside it. */
  readonly poolMax?: number | undefined;
  /** SQLite: the path of the file; its folder is made. */
  readonly file?: string | undefined;
  readonly encrypter: Encrypter;
  readonly log: Logger;
}
