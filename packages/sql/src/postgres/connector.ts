import type { OnReadOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { Connection, Connector } from '../dialect/dialect.js';
import { openSocket, type SocketTarget } from '../egress/open-socket.js';
import type { EgressPolicy } from '../egress/policy.js';
import { PostgresConnection } from './connection.js';
import { postgres } from './dialect.js';
import type { PostgresSettings } from './settings.js';
import { AnswerBuffers } from './wire/answer-buffers.js';
import { SocketReader } from './wire/socket-reader.js';
import { type MessageTap, wholeMessages } from './wire/whole-messages.js';

/** Values stay the texts that PostgreSQL sends: `types.ts` reads them by column. */
const RAW_TEXT = { getTypeParser: () => (value: unknown) => value } as unknown as pg.CustomTypesConfig;
const NO_SSL = 'The server does not support SSL connections';

/** Opens connections to one PostgreSQL database, through the egress policy. */
export function postgresConnector(settings: PostgresSettings, egress: EgressPolicy, buffers = new AnswerBuffers()): Connector {
  return { dialect: postgres, open: () => open(settings, egress, buffers) };
}

async function open(settings: PostgresSettings, egress: EgressPolicy, buffers: AnswerBuffers): Promise<Connection> {
  const [first, second] = attempts(settings);
  let failure: unknown;
  try {
    return await connect(settings, egress, buffers, first!);
  } catch (error) {
    if (second === undefined || !mayTryOtherWay(settings, error)) throw error;
    failure = error;
  }
  try {
    return await connect(settings, egress, buffers, second);
  } catch (error) {
    // That the server has no TLS is not why it refused the other way.
    throw isWithoutTls(error) ? failure : error;
  }
}

type Security = ConnectionOptions | false;

/** What libpq tries, in its order. `require` encrypts without looking at the certificate. */
function attempts({ sslMode, host }: PostgresSettings): readonly [Security, Security?] {
  if (isSocketFolder(host)) return [false];
  const unverified: ConnectionOptions = { rejectUnauthorized: false };
  switch (sslMode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    case 'require':
      return [unverified];
    case 'verify-ca':
      return [{ rejectUnauthorized: true, checkServerIdentity: () => undefined }];
    case 'verify-full':
      return [{ rejectUnauthorized: true }];
  }
}

/** `prefer` goes on in clear where the server has no TLS; `allow` encrypts where the server refuses clear connections (28000). */
function mayTryOtherWay({ sslMode }: PostgresSettings, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return sslMode === 'prefer' ? isWithoutTls(error) : (error as { code?: unknown }).code === '28000';
}

const isWithoutTls = (error: unknown) => error instanceof Error && error.message === NO_SSL;

const isSocketFolder = (host: string) => host.startsWith('/');

function target({ host, port }: PostgresSettings): SocketTarget {
  return isSocketFolder(host) ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

async function connect(settings: PostgresSettings, egress: EgressPolicy, buffers: AnswerBuffers, security: Security): Promise<Connection> {
  const started = performance.now();
  // What comes through TLS is decrypted into buffers of Node's own anyway.
  const reader = security === false ? new SocketReader() : undefined;
  const newSocket = async (onread?: OnReadOpts) =>
    connectedStream(await openSocket(egress, target(settings), { timeoutMs: settings.connectTimeoutMs, onread }));
  const stream = await newSocket(reader?.onread);
  reader?.attach(stream);
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.username ?? '',
    // pg falls back to PGPASSWORD and password files where this is undefined: a service's configuration is all there is.
    password: settings.password ?? '',
    ssl: security,
    application_name: settings.applicationName ?? 'headgate',
    connectionTimeoutMillis: Math.max(1, settings.connectTimeoutMs - (performance.now() - started)),
    types: RAW_TEXT,
    stream: () => stream,
  } as unknown as pg.ClientConfig);
  const tap: MessageTap = { takeRow: undefined };
  const connection = new PostgresConnection(client, tap, () => cancelOver(() => newSocket(), security, settings.host, client));
  try {
    await client.connect();
    // The stream that pg reads now: with TLS another one than it was given.
    const { connection: wire } = client as unknown as { connection: { stream: Duplex } };
    for (const parse of wire.stream.listeners('data') as ((bytes: Buffer) => void)[]) {
      wire.stream.removeListener('data', parse);
      const take = wholeMessages(parse, tap, buffers);
      if (reader === undefined) wire.stream.on('data', take);
      else reader.deliverTo(take);
    }
    await prepareSession(client, settings);
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return connection;
}

/** pg connects the stream that it is given; this one already is. */
function connectedStream(socket: Socket): Socket {
  return Object.assign(socket, {
    connect() {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
}

/** What a session must be like, whatever the server's defaults. The service's own statements come before what values depend on. */
async function prepareSession(client: pg.Client, settings: PostgresSettings): Promise<void> {
  try {
    await client.query("SELECT set_config('TimeZone', $1, false)", [settings.timezone ?? 'UTC']);
    for (const statement of settings.statements) await client.query(statement);
    await client.query(
      `SELECT set_config('DateStyle', 'ISO', false), set_config('IntervalStyle', 'postgres', false), set_config('bytea_output', 'hex', false),
        set_config('extra_float_digits', '1', false), set_config('standard_conforming_strings', 'on', false),
        set_config('statement_timeout', $1, false), set_config('default_transaction_read_only', $2, false)`,
      [String(settings.statementTimeoutMs), settings.readOnly ? 'on' : 'off'],
    );
  } catch (error) {
    // A session that cannot be set up is a source that cannot be used, not a mistake in somebody's request.
    throw Object.assign(new Error(error instanceof Error ? error.message : String(error)), { code: 'SESSION_SETUP', cause: error });
  }
}

/** What pg's own connection class offers beside its types. */
interface ProtocolConnection {
  connect(port: number, host: string): void;
  cancel(processId: number, secretKey: unknown): void;
  once(event: 'connect' | 'sslconnect' | 'error' | 'end', listener: () => void): void;
}
type ProtocolConnectionClass = new (options: { stream: Duplex; ssl: Security }) => ProtocolConnection;

/** Asks the server on a connection of its own to end what the client runs. */
async function cancelOver(newSocket: () => Promise<Duplex>, security: Security, host: string, client: pg.Client): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: unknown };
  const stream = await newSocket();
  const connection = new (pg.Connection as unknown as ProtocolConnectionClass)({ stream, ssl: security });
  await new Promise<void>((fulfil, reject) => {
    const timer = setTimeout(() => reject(new Error('the cancellation took too long')), 5_000);
    const settle = (settled: () => void) => () => {
      clearTimeout(timer);
      settled();
    };
    connection.once(security ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey));
    connection.once('end', settle(fulfil));
    connection.once(
      'error',
      settle(() => reject(new Error('the cancellation failed'))),
    );
    connection.connect(0, host);
  }).finally(() => stream.destroy());
}
