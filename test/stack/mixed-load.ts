import { type Entry, Ledger, type Planned } from '../ledger.ts';
import { ADMIN, type ServerStatistics, type Stack, succeeding } from './compose.ts';

export interface MixedLoadOptions {
  readonly connections: number;
  /** Shares of the calls that write and that log in; the rest reads, half of it one record and half of it a list. */
  readonly writes?: number;
  readonly logins?: number;
  /** Milliseconds that a client waits between two calls, on average. */
  readonly pause?: number;
}

const CONTACTS = 8;

/**
 * Sends mixed load through the balancer of a stack with the profile `sample`: contacts are read by API key, purchases are written under the
 * administrator's session, and the administrator logs in. The item of a written purchase is the id of its request.
 */
export async function startMixedLoad(stack: Stack, { writes = 0.1, logins = 0, ...options }: MixedLoadOptions): Promise<Ledger> {
  const reader = { 'X-DreamFactory-API-Key': await stack.sampleKey() };
  const { session_token: token } = await stack.admin<{ session_token: string }>('POST', 'system/admin/session', ADMIN);
  const writer = { 'X-DreamFactory-Session-Token': token };

  const next = (id: string): Planned => {
    const dice = Math.random();
    if (dice < writes) {
      const body = { resource: [{ contact_id: 1, item: id, amount: 1, placed_on: '2026-01-01' }] };
      return { kind: 'write', method: 'POST', target: 'sample/_table/purchase', headers: writer, body, isRight: hasRecords(1) };
    }
    if (dice < writes + logins) {
      return { kind: 'login', method: 'POST', target: 'system/admin/session', headers: {}, body: ADMIN, isRight: hasToken };
    }
    if (dice < (1 + writes + logins) / 2) {
      const contact = 1 + Math.floor(Math.random() * CONTACTS);
      return {
        kind: 'record',
        method: 'GET',
        target: `sample/_table/contact/${contact}`,
        headers: reader,
        isRight: (document) => fieldOf(document, 'id') === contact,
      };
    }
    return { kind: 'list', method: 'GET', target: 'sample/_table/contact?order=id&limit=5', headers: reader, isRight: hasRecords(5) };
  };
  return new Ledger({ origin: stack.origin, next, ...options });
}

/** How many rows the write of each id made, straight from the database. */
export async function rowsWritten(stack: Stack): Promise<ReadonlyMap<string, number>> {
  const query = 'SELECT item, count(*) FROM purchase GROUP BY item';
  const { stdout } = await succeeding(stack.exec('sample-postgres', ['psql', '-U', 'sample', '-At', '-F', '\t', '-c', query]));
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([item = '', count]) => [item, Number(count)]),
  );
}

/** The writes that did not make exactly one row; of those that were not acknowledged, the ones that made more. */
export async function wrongWrites(stack: Stack, ledger: Ledger): Promise<readonly (Entry & { readonly rows: number })[]> {
  const rows = await rowsWritten(stack);
  return ledger
    .of('write')
    .map((entry) => ({ ...entry, rows: rows.get(entry.id) ?? 0 }))
    .filter(({ rows, problem }) => (problem === undefined ? rows !== 1 : rows > 1));
}

/** What the balancer says of retries and errors: calls sent again, sent to another worker, connections and answers that failed. */
export async function troubleOf(stack: Stack): Promise<string> {
  const trouble = ({ name, columns }: ServerStatistics) =>
    `${name.padEnd(8)} ${['stot', 'wretr', 'wredis', 'econ', 'eresp'].map((column) => `${column} ${columns[column]}`).join('  ')}`;
  return [...(await stack.statistics()), ...(await stack.backend())].map(trouble).join('\n');
}

/** How many calls the balancer has sent again, to the same or to another worker. */
export async function sentAgain(stack: Stack): Promise<number> {
  const [{ columns } = { columns: {} as ServerStatistics['columns'] }] = await stack.backend();
  return Number(columns.wretr) + Number(columns.wredis);
}

/** Which of the balancer's servers had the last try of each request, by its log. */
export async function servedBy(stack: Stack, entries: readonly Entry[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(entries.map(({ id }) => id));
  const servers = new Map<string, string>();
  if (ids.size === 0) return servers;
  for (const line of (await stack.logs('haproxy')).split('\n')) {
    const [, server = '', id = ''] = / api\/(\S+) .* (\S+)$/.exec(line.trimEnd()) ?? [];
    if (ids.has(id)) servers.set(id, server);
  }
  return servers;
}

/** By kind: how many, how many failed, and how long they took. */
export function summaryOf({ entries, opened }: Ledger): string {
  const kinds = [...Map.groupBy(entries, ({ kind }) => kind)].map(([kind, all]) => {
    const took = all.map(({ sentAt, endedAt }) => endedAt - sentAt).sort((a, b) => a - b);
    const at = (share: number) => Math.round(took[Math.floor((took.length - 1) * share)] ?? 0);
    const failed = all.filter(({ problem }) => problem !== undefined).length;
    return `${kind.padEnd(8)} ${all.length}, ${failed} failed, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms`;
  });
  const seconds = ((entries.at(-1)?.endedAt ?? 0) - (entries[0]?.sentAt ?? 0)) / 1000;
  return [...kinds, `${entries.length} in ${seconds.toFixed(1)} s over ${opened} connections`].join('\n');
}

function hasRecords(count: number): (document: unknown) => boolean {
  return (document) => {
    const records = fieldOf(document, 'resource');
    return Array.isArray(records) && records.length === count;
  };
}

function hasToken(document: unknown): boolean {
  return typeof fieldOf(document, 'session_token') === 'string';
}

function fieldOf(document: unknown, name: string): unknown {
  return typeof document === 'object' && document !== null ? (document as Readonly<Record<string, unknown>>)[name] : undefined;
}
