import type { SystemDialect, Version } from '../system-database.js';
import type { SystemDatabaseOptions } from './options.js';
import { openOwnConnection, type Statement } from './own-connection.js';

/** Reads the version on a connection of its own, that nothing else can keep waiting. */
export interface VersionProbe {
  /** Rejects with `SystemUnavailable`. */
  read(): Promise<Version>;
  close(): Promise<void>;
}

const LAST = "SELECT version, nonce FROM headgate_version WHERE scope = '*'";
const LAST_AND_OUTBOX = `SELECT EXISTS (SELECT 1 FROM headgate_outbox) AS unraised, v.version, v.nonce
  FROM (SELECT 1 AS one) AS o LEFT JOIN headgate_version AS v ON v.scope = '*'`;

const STATEMENTS: Readonly<Record<SystemDialect, Statement>> = {
  postgres: { name: 'headgate_version', text: LAST },
  mysql: { name: 'headgate_version', text: LAST_AND_OUTBOX },
  sqlite: { name: 'headgate_version', text: LAST_AND_OUTBOX },
};

export function openVersionProbe(options: SystemDatabaseOptions): VersionProbe {
  const connection = openOwnConnection(options, { name: 'headgate proof', mode: 'reads' });
  const statement = STATEMENTS[options.dialect];
  return {
    async read() {
      const { rows } = await connection.run(statement);
      const [row] = rows;
      return { number: Number(row?.version ?? 0), nonce: String(row?.nonce ?? ''), unraised: Number(row?.unraised ?? 0) === 1 };
    },
    close: () => connection.close(),
  };
}
