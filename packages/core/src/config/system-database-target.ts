import { isAbsolute, join } from 'node:path';
import type { Settings } from './table/index.js';

/** Where the system database is. */
export type SystemDatabaseTarget =
  | { readonly dialect: 'sqlite'; readonly file: string }
  | {
      readonly dialect: 'postgres' | 'mysql';
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly username: string | undefined;
      readonly password: string | undefined;
      readonly sslMode: Settings['database']['sslMode'];
      readonly sslCa: string | undefined;
    };

interface DatabaseUrl {
  readonly dialect: SystemDatabaseTarget['dialect'];
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const DIALECTS: Readonly<Record<string, SystemDatabaseTarget['dialect']>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'pgsql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'sqlite:': 'sqlite',
};

/** The parts of a database address, percent-decoded; undefined when it is none. */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  const url = URL.parse(text.trim());
  const dialect = url ? DIALECTS[url.protocol] : undefined;
  if (!url || !dialect) return undefined;
  const path = dialect === 'sqlite' ? url.pathname : url.pathname.slice(1);
  try {
    const part = (value: string) => (value === '' ? undefined : decodeURIComponent(value));
    return {
      dialect,
      host: part(url.hostname.replace(/^\[|\]$/g, '')),
      port: url.port === '' ? undefined : Number(url.port),
      database: part(path),
      username: part(url.username),
      password: part(url.password),
    };
  } catch {
    return undefined;
  }
}

const DIALECT_OF = { sqlite: 'sqlite', pgsql: 'postgres', mysql: 'mysql', mariadb: 'mysql' } as const;

/** The place of the system database: `DB_URL` part by part before the other settings. */
export function systemDatabaseTarget({ app, database }: Pick<Settings, 'app' | 'database'>): SystemDatabaseTarget {
  const url = database.url === undefined ? undefined : parseDatabaseUrl(database.url);
  const dialect = url?.dialect ?? DIALECT_OF[database.connection];
  if (dialect === 'sqlite') {
    const file = url?.database ?? database.name;
    return { dialect, file: isAbsolute(file) || file === ':memory:' ? file : join(app.dataDir, file) };
  }
  const sameKind = dialect === DIALECT_OF[database.connection];
  return {
    dialect,
    host: url?.host ?? database.host,
    port: url?.port ?? (sameKind ? database.port : dialect === 'postgres' ? 5432 : 3306),
    database: url?.database ?? (sameKind ? database.name : 'dreamfactory'),
    username: url?.username ?? database.username,
    password: url?.password ?? database.password,
    sslMode: database.sslMode,
    sslCa: database.sslCa,
  };
}
