/** What a session is set to after connecting. */
export interface SessionConfig {
  readonly collation: string | undefined;
  readonly timezone: string | undefined;
  /** SQL modes, as a comma list. */
  readonly modes: string | undefined;
  /** Undefined: as the server has it. */
  readonly strict: boolean | undefined;
  readonly statements: readonly string[];
  readonly statementTimeoutMs: number;
  readonly readOnly: boolean;
}

/** What `strict` has meant to the original's framework. */
const STRICT_MODES =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** Values of the configuration are words of a fixed form (see the config schema), quoted all the same. */
export function sessionStatements(config: SessionConfig, serverVersion: string): string[] {
  const isMariaDb = /mariadb/i.test(serverVersion);
  const settings: string[] = [];
  if (config.timezone !== undefined) settings.push(`time_zone = ${literal(config.timezone)}`);
  const modes = sqlModes(config);
  if (modes !== undefined) settings.push(`sql_mode = ${literal(modes)}`);
  // Backslashes escape in LIKE, which one mode would turn off.
  else settings.push("sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')");
  if (config.statementTimeoutMs > 0) {
    settings.push(
      isMariaDb
        ? `max_statement_time = ${config.statementTimeoutMs / 1_000}`
        : `max_execution_time = ${Math.ceil(config.statementTimeoutMs)}`,
    );
  }
  return [
    ...(config.collation === undefined ? [] : [`SET NAMES utf8mb4 COLLATE ${literal(unicode(config.collation))}`]),
    `SET SESSION ${settings.join(', SESSION ')}`,
    ...config.statements,
    ...(config.readOnly ? ['SET SESSION TRANSACTION READ ONLY'] : []),
  ];
}

function sqlModes({ modes, strict }: SessionConfig): string | undefined {
  if (modes !== undefined) {
    return modes
      .split(',')
      .map((mode) => mode.trim())
      .filter((mode) => mode !== '' && mode.toUpperCase() !== 'NO_BACKSLASH_ESCAPES')
      .join(',');
  }
  return strict === undefined ? undefined : strict ? STRICT_MODES : 'NO_ENGINE_SUBSTITUTION';
}

/** The connection speaks utf8mb4, whatever older name of a collation is stored: `utf8_unicode_ci`. */
function unicode(collation: string): string {
  return collation.replace(/^utf8(mb3)?_/i, 'utf8mb4_');
}

function literal(word: string): string {
  if (!/^[\w+\-/:.,]*$/.test(word)) throw new Error('a session setting has characters that none has');
  return `'${word}'`;
}
