import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT } from '@headgate/core';
import { postgresServer } from '../../../../test/containers.js';
import type { Connection, Dialect } from '../../src/dialect/dialect.js';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { mysql } from '../../src/mysql/dialect.js';
import { postgresConnector } from '../../src/postgres/connector.js';
import { postgres } from '../../src/postgres/dialect.js';
import { sqliteConnector } from '../../src/sqlite/connector.js';
import { sqlite } from '../../src/sqlite/dialect.js';
import { freshMariadb, openMariadb } from './mariadb.js';
import { type DialectName, sampleTables } from './sample.js';

/** A database with the sample's empty tables, for one test file. */
export interface SampleDatabase {
  readonly name: DialectName;
  readonly dialect: Dialect;
  readonly connection: Connection;
  /** How it differs from the others. */
  readonly traits: {
    readonly likeIgnoresCase: boolean;
    readonly nullsFirst: boolean;
    readonly exactDecimals: boolean;
    readonly now: string;
  };
  close(): Promise<void>;
}

export async function postgresSample(): Promise<SampleDatabase | undefined> {
  const server = await postgresServer();
  if (server === undefined) return undefined;
  const url = new URL(server);
  const settings = {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    sslMode: 'disable',
    timezone: undefined,
    applicationName: undefined,
    statements: [],
    statementTimeoutMs: 10_000,
    readOnly: false,
    connectTimeoutMs: 5_000,
  } as const;
  const connection = await postgresConnector(settings, createEgressPolicy({ allow: ['loopback'], ownStores: [] })).open();
  for (const statement of sampleTables('postgres')) await connection.query(statement);
  const traits = { likeIgnoresCase: false, nullsFirst: false, exactDecimals: true, now: 'LOCALTIMESTAMP' };
  return { name: 'postgres', dialect: postgres, connection, traits, close: () => connection.close() };
}

export async function mariadbSample(): Promise<SampleDatabase | undefined> {
  const config = await freshMariadb(sampleTables('mysql'));
  if (config === undefined) return undefined;
  const connection = await openMariadb(config);
  const traits = { likeIgnoresCase: true, nullsFirst: true, exactDecimals: true, now: 'NOW()' };
  return { name: 'mysql', dialect: mysql, connection, traits, close: () => connection.close() };
}

export async function sqliteSample(): Promise<SampleDatabase> {
  const storage = await mkdtemp(path.join(tmpdir(), 'headgate-sqlite-'));
  const config = { database: 'sample.db', storage, statements: [], statementTimeoutMs: 10_000, readOnly: false };
  const connection = await sqliteConnector(config, { serviceName: 'db', log: SILENT }).open();
  for (const statement of sampleTables('sqlite')) await connection.query(statement);
  const traits = { likeIgnoresCase: true, nullsFirst: true, exactDecimals: false, now: "datetime('now')" };
  return {
    name: 'sqlite',
    dialect: sqlite,
    connection,
    traits,
    async close() {
      await connection.close();
      await rm(storage, { recursive: true });
    },
  };
}
