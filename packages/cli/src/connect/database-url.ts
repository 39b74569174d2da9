import path from 'node:path';
import { type JsonObject, parseDatabaseUrl } from '@headgate/core';
import { Failure } from '../failure.js';

/** A service to be made from a database address. */
export interface DatabaseService {
  /** Name of the service type. */
  readonly type: string;
  readonly config: JsonObject;
}

const TYPE_OF_SCHEME: Readonly<Record<string, string>> = { mysql: 'mysql', mariadb: 'mariadb' };

/**
 * The service that an address describes: `postgres://user:password@host:5432/name?sslmode=require`, `mysql://`, `mariadb://`, or
 * `sqlite:NAME` for a file of the storage folder.
 */
export function serviceOf(address: string, sqliteStorage: string): DatabaseService {
  const sqlite = /^sqlite:(?:\/\/)?(.+)$/i.exec(address);
  if (sqlite?.[1] !== undefined) return { type: 'sqlite', config: { database: storedName(sqlite[1], sqliteStorage) } };
  const parts = parseDatabaseUrl(address);
  if (!parts) {
    throw new Failure(
      `"${withoutPassword(address)}" is not an address of a database: postgres://user:password@host:5432/name, mysql://..., mariadb://... or sqlite:NAME`,
    );
  }
  if (parts.host === undefined || parts.database === undefined) throw new Failure('the address needs a host and the name of a database');
  const parameters = new URL(address.trim()).searchParams;
  const sslMode = parameters.get('sslmode');
  const schema = parameters.get('schema');
  const isPostgres = parts.dialect === 'postgres';
  return {
    type: isPostgres ? 'pgsql' : (TYPE_OF_SCHEME[new URL(address.trim()).protocol.slice(0, -1)] ?? 'mysql'),
    config: {
      host: parts.host,
      port: parts.port ?? (isPostgres ? 5432 : 3306),
      database: parts.database,
      ...(parts.username !== undefined && { username: parts.username }),
      ...(parts.password !== undefined && { password: parts.password }),
      ...(sslMode !== null && { sslmode: sslMode }),
      ...(schema !== null && { schema }),
    },
  };
}

/** SQLite services know files of the storage folder only, by their name in it. */
function storedName(file: string, storage: string): string {
  if (!path.isAbsolute(file)) return file;
  const name = path.relative(storage, file);
  if (name.startsWith('..') || path.isAbsolute(name))
    throw new Failure(`SQLite services use files of ${storage} only: copy the file there and give its name (sqlite:NAME)`);
  return name;
}

function withoutPassword(address: string): string {
  return address.replace(/:\/\/[^@/]*@/, '://...@');
}
