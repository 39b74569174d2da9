import mysql2 from 'mysql2';
import type { Connection, Connector, ConnectorDeps, QueryResult, Statement } from '../dialect/dialect.js';
import { bindings } from '../dialect/sql-text.js';
import { openSocket } from '../egress/open-socket.js';
import type { EgressPolicy } from '../egress/policy.js';
import { mysql } from './dialect.js';
import { CANCELLED, isBrokenBy, mysqlFailure, TIMED_OUT } from './errors.js';
import { type SessionConfig, sessionStatements } from './session.js';
import { sslOptions, type TlsConfig } from './tls.js';

export interface MysqlConnectorConfig extends SessionConfig {
  readonly host: string;
  readonly port: number;
  /** Instead of host and port. */
  readonly unixSocket: string | undefined;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly tls: TlsConfig;
  readonly connectTimeoutMs: number;
}

export interface MysqlConnectorDeps extends ConnectorDeps {
  readonly egress: EgressPolicy;
}

/** Prepared statements kept on each connection. */
const MAX_STATEMENTS = 100;

/** MariaDB ends every statement by itself, MySQL only SELECTs: the rest is ended from here, a little later. */
const TIMEOUT_GRACE_MS = 250;

/** Opens connections to a MySQL or MariaDB server. */
export function mysqlConnector(config: MysqlConnectorConfig, deps: MysqlConnectorDeps): Connector {
  /** Ends a session on the server, over a connection of its own. */
  async function kill(threadId: number): Promise<void> {
    try {
      const side = await connect(config, deps);
      await new Promise((resolve) => side.query(`KILL ${Math.trunc(threadId)}`, resolve));
      side.destroy();
    } catch {
      // The server finds out by itself when it answers to a closed socket.
    }
  }

  return {
    dialect: mysql,
    async open() {
      const session = await connect(config, deps);
      const connection = new MysqlConnection(session, config.statementTimeoutMs, kill);
      try {
        const [version] = (await connection.query('SELECT VERSION()')).rows[0] ?? [];
        for (const statement of sessionStatements(config, String(version))) await connection.query(statement);
      } catch (error) {
        session.destroy();
        throw error;
      }
      return connection;
    },
  };
}

async function connect(config: MysqlConnectorConfig, deps: MysqlConnectorDeps): Promise<mysql2.Connection> {
  try {
    return await connectWith(config, deps, await sslOptions(config.tls, config.host));
  } catch (error) {
    const lacksTls = error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT';
    if (config.tls.mode !== 'prefer' || !lacksTls) throw error;
    return connectWith(config, deps, undefined);
  }
}

async function connectWith(
  config: MysqlConnectorConfig,
  deps: MysqlConnectorDeps,
  ssl: mysql2.SslOptions | undefined,
): Promise<mysql2.Connection> {
  const target = config.unixSocket === undefined ? { host: config.host, port: config.port } : { path: config.unixSocket };
  const stream = await openSocket(deps.egress, target, { timeoutMs: config.connectTimeoutMs });
  const session = mysql2.createConnection({
    stream,
    host: config.host,
    port: config.port,
    user: config.username,
    password: config.password,
    database: config.database,
    charset: 'utf8mb4',
    connectTimeout: config.connectTimeoutMs,
    dateStrings: true,
    supportBigNumbers: true,
    jsonStrings: true,
    maxPreparedStatements: MAX_STATEMENTS,
    // A server must not be able to ask for files of this machine.
    flags: ['-LOCAL_FILES'],
    ...(ssl ? { ssl } : {}),
  });
  await new Promise<void>((resolve, reject) => {
    session.once('error', reject);
    session.connect((error) => {
      session.removeListener('error', reject);
      if (error) {
        session.on('error', () => {});
        session.destroy();
        reject(error);
      } else resolve();
    });
  });
  return session;
}

class MysqlConnection implements Connection {
  readonly #session: mysql2.Connection;
  readonly #timeoutMs: number;
  readonly #kill: (threadId: number) => Promise<void>;
  #giveUp: ((error: Error) => void) | undefined;
  #isBroken = false;
  #savepoints = 0;

  constructor(session: mysql2.Connection, statementTimeoutMs: number, kill: (threadId: number) => Promise<void>) {
    this.#session = session;
    this.#timeoutMs = statementTimeoutMs;
    this.#kill = kill;
    const lost = () => {
      this.#isBroken = true;
    };
    session.on('error', lost);
    session.on('end', lost);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  run(statement: Statement, values: readonly unknown[]): Promise<QueryResult> {
    statement.uses++;
    return this.#execute(statement.text, bindings(statement, values));
  }

  query(text: string, values: readonly unknown[] = [], comment?: string): Promise<QueryResult> {
    // With values it is prepared and kept.
    return this.#execute(comment === undefined || values.length > 0 ? text : `${text} ${comment}`, values);
  }

  async begin(): Promise<void> {
    await this.query('START TRANSACTION');
  }

  async commit(): Promise<void> {
    await this.query('COMMIT');
  }

  async rollback(): Promise<void> {
    this.#savepoints = 0;
    await this.query('ROLLBACK');
  }

  async savepoint(): Promise<void> {
    await this.query(`SAVEPOINT s${++this.#savepoints}`);
  }

  async releaseSavepoint(): Promise<void> {
    await this.query(`RELEASE SAVEPOINT s${this.#savepoints--}`);
  }

  async rollbackToSavepoint(): Promise<void> {
    await this.query(`ROLLBACK TO SAVEPOINT s${this.#savepoints--}`);
  }

  cancel(): void {
    this.#end(mysqlFailure(CANCELLED, 'the statement was cancelled'));
  }

  async close(): Promise<void> {
    if (this.#giveUp) return this.cancel();
    if (this.#isBroken) {
      this.#session.destroy();
      return;
    }
    this.#isBroken = true;
    await new Promise<void>((resolve) => this.#session.end(() => resolve()));
    this.#session.destroy();
  }

  #execute(text: string, values: readonly unknown[]): Promise<QueryResult> {
    if (this.#isBroken)
      return Promise.reject(Object.assign(new Error('the connection is closed'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }));
    return new Promise((resolve, reject) => {
      const timer =
        this.#timeoutMs > 0
          ? setTimeout(() => this.#end(mysqlFailure(TIMED_OUT, 'the statement took too long')), this.#timeoutMs + TIMEOUT_GRACE_MS)
          : undefined;
      this.#giveUp = reject;
      const done = (error: mysql2.QueryError | null, result: unknown) => {
        clearTimeout(timer);
        this.#giveUp = undefined;
        if (!error) return resolve(resultOf(result));
        if (isBrokenBy(error)) this.#isBroken = true;
        reject(error);
      };
      // What has no values is our own or the operator's text; some of it the protocol of prepared statements does not take.
      if (values.length === 0) this.#session.query({ sql: text, rowsAsArray: true }, done);
      else this.#session.execute({ sql: text, values: values.map(typed), rowsAsArray: true }, done);
    });
  }

  /**
   * Ends the running statement together with its session: a KILL QUERY that comes late would end the next call's statement.
   */
  #end(error: Error): void {
    const giveUp = this.#giveUp;
    if (!giveUp) return;
    this.#giveUp = undefined;
    this.#isBroken = true;
    const { threadId } = this.#session;
    this.#session.destroy();
    if (threadId !== null) void this.#kill(threadId);
    giveUp(error);
  }
}

/** Integers as such: the driver would send a number as a floating point number, and a bigint as text. */
function typed(value: unknown): mysql2.ExecuteValues {
  if (typeof value === 'bigint')
    return (
      value > 0x7fff_ffff_ffff_ffffn ? mysql2.TypedParameter.LONGLONG.unsigned(value) : mysql2.TypedParameter.LONGLONG(value)
    ) as mysql2.ExecuteValues;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return mysql2.TypedParameter.LONGLONG(value) as mysql2.ExecuteValues;
  return value as mysql2.ExecuteValues;
}

function resultOf(result: unknown): QueryResult {
  if (Array.isArray(result)) return { rows: result, affected: result.length, insertId: undefined };
  const { affectedRows, insertId } = result as mysql2.ResultSetHeader;
  return { rows: [], affected: affectedRows, insertId };
}
