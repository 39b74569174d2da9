import { REMEMBERED_CHANGES } from '../database/raise.js';
import type { SystemDialect } from '../system-database.js';
import type { WorkerRegistry } from '../workers/worker-registry.js';
import type { SystemDatabaseOptions } from './options.js';
import { openOwnConnection, type Statement } from './own-connection.js';

interface Dialect {
  readonly parameter: (position: number) => string;
  /** The database's clock, in UTC. */
  readonly now: string;
  readonly secondsSince: (column: string) => string;
  readonly remembered: string;
  readonly onConflict: string;
  readonly replacing: (column: string) => string;
}

const DIALECTS: Readonly<Record<SystemDialect, Dialect>> = {
  postgres: {
    parameter: (position) => `$${position}`,
    now: "(clock_timestamp() AT TIME ZONE 'UTC')",
    secondsSince: (column) => `EXTRACT(EPOCH FROM (clock_timestamp() AT TIME ZONE 'UTC') - ${column})`,
    remembered: `'~' || (w.acknowledged % ${REMEMBERED_CHANGES})`,
    onConflict: 'ON CONFLICT (id) DO UPDATE SET',
    replacing: (column) => `${column} = EXCLUDED.${column}`,
  },
  mysql: {
    parameter: () => '?',
    now: 'UTC_TIMESTAMP()',
    secondsSince: (column) => `TIMESTAMPDIFF(SECOND, ${column}, UTC_TIMESTAMP())`,
    remembered: `CONCAT('~', w.acknowledged % ${REMEMBERED_CHANGES})`,
    onConflict: 'ON DUPLICATE KEY UPDATE',
    replacing: (column) => `${column} = VALUES(${column})`,
  },
  sqlite: {
    parameter: () => '?',
    now: "datetime('now')",
    secondsSince: (column) => `(julianday('now') - julianday(${column})) * 86400`,
    remembered: `'~' || (w.acknowledged % ${REMEMBERED_CHANGES})`,
    onConflict: 'ON CONFLICT (id) DO UPDATE SET',
    replacing: (column) => `${column} = excluded.${column}`,
  },
};

/** A registry over a connection of its own. */
export function openWorkerRegistry(options: SystemDatabaseOptions): WorkerRegistry {
  const connection = openOwnConnection(options, { name: 'headgate worker', mode: 'writes' });
  const statements = statementsOf(DIALECTS[options.dialect]);
  return {
    async register({ id, role, host, version }, beats) {
      await connection.run(statements.register, [id, role, host.slice(0, 255), version.slice(0, 64), beats]);
    },
    async beat(id, beats, report) {
      return (await connection.run(statements.beat, [beats, report ?? null, id])).affected > 0;
    },
    async acknowledge(id, { number, nonce }) {
      return (await connection.run(statements.acknowledge, [number, nonce, id])).affected > 0;
    },
    async acknowledgements() {
      const { rows } = await connection.run(statements.acknowledgements);
      return rows.map(({ id, beats, acknowledged }) => ({
        id: String(id),
        beats: Number(beats),
        acknowledged: Number(acknowledged),
      }));
    },
    async rows() {
      const { rows } = await connection.run(statements.rows);
      return rows.map((row) => ({
        id: String(row.id),
        role: String(row.role),
        host: String(row.host),
        version: String(row.version),
        startedAt: String(row.started_at),
        seenAt: String(row.seen_at),
        silentSeconds: Math.max(0, Math.floor(Number(row.silent))),
        acknowledged: Number(row.acknowledged),
        newest: Number(row.newest ?? 0),
        report: typeof row.report === 'string' ? row.report : null,
      }));
    },
    async remove(id, beats) {
      if (beats === undefined) await connection.run(statements.remove, [id]);
      else await connection.run(statements.removeSilent, [id, beats]);
    },
    close: () => connection.close(),
  };
}

function statementsOf({ parameter, now, secondsSince, remembered, onConflict, replacing }: Dialect) {
  const replaced = ['role', 'host', 'version', 'seen_at', 'beats', 'acknowledged', 'nonce'].map(replacing).join(', ');
  // The number alone would not tell an acknowledgement of another past, from before a restore or a failover.
  const ownPast = `LEFT JOIN headgate_version AS v ON v.scope = ${remembered} AND v.version = w.acknowledged AND v.nonce = w.nonce`;
  const acknowledged = 'CASE WHEN v.scope IS NULL THEN 0 ELSE w.acknowledged END AS acknowledged';
  const text = (name: string, sql: string): Statement => ({ name: `headgate_worker_${name}`, text: sql });
  return {
    register: text(
      'register',
      `INSERT INTO headgate_worker (id, role, host, version, started_at, seen_at, beats, acknowledged, nonce)
        VALUES (${[1, 2, 3, 4].map(parameter).join(', ')}, ${now}, ${now}, ${parameter(5)}, 0, '') ${onConflict} ${replaced}`,
    ),
    beat: text(
      'beat',
      `UPDATE headgate_worker SET seen_at = ${now}, beats = ${parameter(1)}, report = ${parameter(2)} WHERE id = ${parameter(3)}`,
    ),
    acknowledge: text(
      'acknowledge',
      `UPDATE headgate_worker SET acknowledged = ${parameter(1)}, nonce = ${parameter(2)} WHERE id = ${parameter(3)}`,
    ),
    acknowledgements: text('acknowledgements', `SELECT w.id, w.beats, ${acknowledged} FROM headgate_worker AS w ${ownPast}`),
    rows: text(
      'rows',
      `SELECT w.id, w.role, w.host, w.version, w.started_at, w.seen_at, ${secondsSince('w.seen_at')} AS silent, ${acknowledged}, w.report,
        (SELECT version FROM headgate_version WHERE scope = '*') AS newest
        FROM headgate_worker AS w ${ownPast} ORDER BY w.started_at, w.id`,
    ),
    remove: text('remove', `DELETE FROM headgate_worker WHERE id = ${parameter(1)}`),
    removeSilent: text('remove_silent', `DELETE FROM headgate_worker WHERE id = ${parameter(1)} AND beats = ${parameter(2)}`),
  };
}
