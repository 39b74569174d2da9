import { EVERYTHING } from '../../database/raise.js';
import { TRIGGER_EVENTS, TRIGGER_RULES, type TriggerEvent, type TriggerRule, watchedColumns } from './rules.js';

/**
 * Triggers of MySQL and SQLite: they note the scope in `headgate_outbox`, in the writer's transaction. A plain trigger that raised
 * versions itself would hold the row `*` until whoever writes commits.
 */
interface OutboxDialect {
  quote(name: string): string;
  concat(name: string, column: string): string;
  differs(left: string, right: string): string;
  trigger(name: string, event: TriggerEvent, table: string, condition: string | undefined, statements: readonly string[]): string;
  /** Whether rows that change by the keys of others run their triggers. */
  readonly cascadesRunTriggers: boolean;
}

const mysql: OutboxDialect = {
  quote: (name) => `\`${name}\``,
  concat: (name, column) => `CONCAT('${name}:', ${column})`,
  differs: (left, right) => `NOT (${left} <=> ${right})`,
  trigger: (name, event, table, condition, statements) => {
    const body = statements.map((statement) => `${statement};`).join(' ');
    return `CREATE TRIGGER \`${name}\` AFTER ${event} ON \`${table}\` FOR EACH ROW BEGIN ${condition ? `IF ${condition} THEN ${body} END IF;` : body} END`;
  },
  cascadesRunTriggers: false,
};

const sqlite: OutboxDialect = {
  quote: (name) => `"${name}"`,
  concat: (name, column) => `'${name}:' || ${column}`,
  differs: (left, right) => `${left} IS NOT ${right}`,
  trigger: (name, event, table, condition, statements) =>
    `CREATE TRIGGER "${name}" AFTER ${event} ON "${table}" FOR EACH ROW ${condition ? `WHEN ${condition} ` : ''}BEGIN ${statements.map((statement) => `${statement};`).join(' ')} END`,
  cascadesRunTriggers: true,
};

export const mysqlTriggers = (): readonly string[] => TRIGGER_RULES.flatMap((rule) => triggersOf(rule, mysql));
export const sqliteTriggers = (): readonly string[] => TRIGGER_RULES.flatMap((rule) => triggersOf(rule, sqlite));

function triggersOf(rule: TriggerRule, dialect: OutboxDialect): string[] {
  return TRIGGER_EVENTS.flatMap((event) => {
    const name = `headgate_${rule.table}_${event.toLowerCase()}`;
    return [
      `DROP TRIGGER IF EXISTS ${dialect.quote(name)}`,
      dialect.trigger(name, event, rule.table, conditionOf(rule, event, dialect), statementsOf(rule, event, dialect)),
    ];
  });
}

function conditionOf(rule: TriggerRule, event: TriggerEvent, dialect: OutboxDialect): string | undefined {
  if (event !== 'UPDATE') return undefined;
  return watchedColumns(rule)
    .map((column) => dialect.differs(`OLD.${dialect.quote(column)}`, `NEW.${dialect.quote(column)}`))
    .join(' OR ');
}

function statementsOf(rule: TriggerRule, event: TriggerEvent, dialect: OutboxDialect): string[] {
  if (event === 'DELETE' && rule.cascades && !dialect.cascadesRunTriggers) return [note(`'${EVERYTHING}'`)];
  const rows = event === 'INSERT' ? ['NEW'] : event === 'DELETE' ? ['OLD'] : ['OLD', 'NEW'];
  return [...new Set(rows.map((row) => note(scopeOf(rule, row, dialect))))];
}

function scopeOf({ scope, otherwise }: TriggerRule, row: string, dialect: OutboxDialect): string {
  if (scope.column === undefined) return `'${scope.name}'`;
  return `COALESCE(${dialect.concat(scope.name, `${row}.${dialect.quote(scope.column)}`)}, '${otherwise ?? EVERYTHING}')`;
}

function note(scope: string): string {
  return `INSERT INTO headgate_outbox (scope) VALUES (${scope})`;
}
