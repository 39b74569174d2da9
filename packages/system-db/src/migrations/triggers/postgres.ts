import { EVERYTHING, REMEMBERED_CHANGES } from '../../database/raise.js';
import { TRIGGER_EVENTS, TRIGGER_RULES, type TriggerEvent, type TriggerRule, watchedColumns } from './rules.js';

/**
 * `headgate_raise` does in the database what `raiseScopes` does here, once per transaction: the row `*` bears the id of the transaction
 * that has moved it already. Deferred to the commit, so that its lock is held as briefly as can be.
 */
const RAISE = `
CREATE OR REPLACE FUNCTION headgate_raise(moved text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  current_version bigint;
  current_nonce text;
BEGIN
  SELECT v.version, v.nonce INTO current_version, current_nonce FROM headgate_version v
    WHERE v.scope = '*' AND v.xmin = pg_current_xact_id()::xid;
  IF current_version IS NULL THEN
    INSERT INTO headgate_version AS v (scope, version, nonce) VALUES ('*', 1, substr(md5(random()::text || clock_timestamp()::text), 1, 16))
      ON CONFLICT (scope) DO UPDATE SET version = v.version + 1, nonce = EXCLUDED.nonce
      RETURNING v.version, v.nonce INTO current_version, current_nonce;
    INSERT INTO headgate_version AS v (scope, version, nonce) VALUES ('~' || (current_version % ${REMEMBERED_CHANGES}), current_version, current_nonce)
      ON CONFLICT (scope) DO UPDATE SET version = EXCLUDED.version, nonce = EXCLUDED.nonce;
  END IF;
  INSERT INTO headgate_version AS v (scope, version, nonce) VALUES (moved, current_version, current_nonce)
    ON CONFLICT (scope) DO UPDATE SET version = EXCLUDED.version, nonce = EXCLUDED.nonce WHERE v.version <> EXCLUDED.version;
END $$`;

/** Called with the scope's name, its column and what to raise where the column is null. */
const TRIGGER = `
CREATE OR REPLACE FUNCTION headgate_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  owner text;
BEGIN
  IF TG_ARGV[1] IS NULL THEN
    PERFORM headgate_raise(TG_ARGV[0]);
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    owner := to_jsonb(OLD) ->> TG_ARGV[1];
    PERFORM headgate_raise(coalesce(TG_ARGV[0] || ':' || owner, TG_ARGV[2], '${EVERYTHING}'));
  END IF;
  IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR owner IS DISTINCT FROM to_jsonb(NEW) ->> TG_ARGV[1]) THEN
    PERFORM headgate_raise(coalesce(TG_ARGV[0] || ':' || (to_jsonb(NEW) ->> TG_ARGV[1]), TG_ARGV[2], '${EVERYTHING}'));
  END IF;
  RETURN NULL;
END $$`;

// Emptying a table runs no row triggers.
const TRUNCATED = `
CREATE OR REPLACE FUNCTION headgate_truncated() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM headgate_raise('${EVERYTHING}');
  RETURN NULL;
END $$`;

export function postgresTriggers(): readonly string[] {
  return [RAISE, TRIGGER, TRUNCATED, ...TRIGGER_RULES.flatMap(triggersOf)];
}

function triggersOf(rule: TriggerRule): string[] {
  const quoted = (name: string) => `"${name}"`;
  const truncated = `headgate_${rule.table}_truncate`;
  return [
    ...TRIGGER_EVENTS.flatMap((event) => {
      const name = `headgate_${rule.table}_${event.toLowerCase()}`;
      return [
        `DROP TRIGGER IF EXISTS ${quoted(name)} ON ${quoted(rule.table)}`,
        `CREATE CONSTRAINT TRIGGER ${quoted(name)} AFTER ${event} ON ${quoted(rule.table)} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW ${conditionOf(rule, event)}EXECUTE FUNCTION headgate_moved(${argumentsOf(rule)})`,
      ];
    }),
    `DROP TRIGGER IF EXISTS ${quoted(truncated)} ON ${quoted(rule.table)}`,
    `CREATE TRIGGER ${quoted(truncated)} AFTER TRUNCATE ON ${quoted(rule.table)} FOR EACH STATEMENT EXECUTE FUNCTION headgate_truncated()`,
  ];
}

function conditionOf(rule: TriggerRule, event: TriggerEvent): string {
  if (event !== 'UPDATE') return '';
  const columns = watchedColumns(rule);
  const row = (version: 'OLD' | 'NEW') => `(${columns.map((column) => `${version}."${column}"`).join(', ')})`;
  return `WHEN (${row('OLD')} IS DISTINCT FROM ${row('NEW')}) `;
}

function argumentsOf({ scope, otherwise }: TriggerRule): string {
  return [scope.name, scope.column, otherwise]
    .filter((argument) => argument !== undefined)
    .map((argument) => `'${argument}'`)
    .join(', ');
}
