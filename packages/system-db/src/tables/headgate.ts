import { bigId, bigint, defineTable, int, mediumText, secret, str, timestamp } from './define-table.js';

/**
 * What moved (design.md 6): a row per scope with the number and nonce of the change that moved it last, the row `*` with those of the
 * last change of all, and rows `~0` to `~255`, the last changes by number modulo 256, by which a reader sees that its own past is ours.
 */
export const versionTable = defineTable('headgate_version', {
  scope: str(190).primaryKey,
  version: bigint().isIndexed,
  nonce: str(32),
});

/** Scopes that triggers of MySQL and SQLite have seen moving and nobody has raised yet. */
export const outboxTable = defineTable('headgate_outbox', {
  id: bigId(),
  scope: str(190),
});

/** The steps of `migrate` that are done; `compatible_from` is the oldest step whose software serves after this one (null: any). */
export const migrationsTable = defineTable('headgate_migrations', {
  name: str(190).primaryKey,
  applied_at: timestamp().is({ now: true }),
  compatible_from: str(190).optional,
});

/**
 * The processes that answer from memory. `beats` moves with every sign of life, `seen_at` says when the last was, by the database's clock.
 * `acknowledged` and `nonce` are those of the change up to which nothing older is in use there; `report` is what it says of itself, as JSON.
 */
export const workerTable = defineTable('headgate_worker', {
  id: str(64).primaryKey,
  role: str(16).is(''),
  host: str(255).is(''),
  version: str(64),
  started_at: timestamp(),
  seen_at: timestamp(),
  beats: bigint().is(0),
  acknowledged: bigint().is(0),
  nonce: str(32).is(''),
  report: mediumText().optional,
});

/** The one-time token of the set-up page; `hash` is SHA-256 in hex, `expires_at` seconds since 1970. */
export const setupTokenTable = defineTable('headgate_setup_token', {
  id: int().primaryKey,
  hash: str(64),
  expires_at: bigint(),
});

/** A known text under APP_KEY: a key that does not open it is not the key of this database. */
export const keyCanaryTable = defineTable('headgate_key_canary', {
  id: int().primaryKey,
  value: secret(),
});
