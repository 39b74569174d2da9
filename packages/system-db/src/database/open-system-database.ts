import { AsyncLocalStorage } from 'node:async_hooks';
import { type Connections, openConnections, type StatementRow } from '../connection/connections.js';
import { mapTables } from '../connection/entity-schemas.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { openVersionProbe, type VersionProbe } from '../connection/version-probe.js';
import { openWorkerRegistry } from '../connection/worker-rows.js';
import type { Change, RecordReader, SystemDialect, Version, VersionedSystemDatabase } from '../system-database.js';
import type { ChangeNumber } from '../workers/change-number.js';
import { Elsewhere } from '../workers/elsewhere.js';
import type { WorkerRegistry } from '../workers/worker-registry.js';
import { DatabaseChange } from './database-change.js';
import { isDeadlock, translateError } from './driver-errors.js';
import { raiseScopes } from './raise.js';
import { DatabaseReader, type Session } from './record-reader.js';

/** Opens the system database; `migrate` has made its schema. Rejects with `SystemUnavailable` where it does not answer. */
export async function openSystemDatabase(options: SystemDatabaseOptions): Promise<VersionedSystemDatabase> {
  const mappings = mapTables(options);
  try {
    const connections = await openConnections(
      options,
      [...mappings.values()].map((mapping) => mapping.schema),
    );
    const session: Session = {
      dialect: options.dialect,
      encrypter: options.encrypter,
      mappings,
      source: connections.source,
      runner: undefined,
    };
    return new TypeormSystemDatabase(session, connections, openVersionProbe(options), openWorkerRegistry(options), options);
  } catch (error) {
    throw translateError(error);
  }
}

/** How often a change is tried that ended in a deadlock. */
const MOST_ATTEMPTS = 4;

/** The change that the running code is part of: a second one inside it would wait for it for ever on SQLite. */
const running = new AsyncLocalStorage<{ open: boolean }>();

class TypeormSystemDatabase extends DatabaseReader implements VersionedSystemDatabase {
  readonly #connections: Connections;
  readonly #probe: VersionProbe;
  readonly #options: SystemDatabaseOptions;
  readonly #listeners: (() => Promise<ChangeNumber | undefined>)[] = [];
  readonly registry: WorkerRegistry;
  readonly elsewhere: Elsewhere;

  constructor(session: Session, connections: Connections, probe: VersionProbe, registry: WorkerRegistry, options: SystemDatabaseOptions) {
    super(session);
    this.#connections = connections;
    this.#probe = probe;
    this.registry = registry;
    this.#options = options;
    this.elsewhere = new Elsewhere(registry, options.log);
  }

  get dialect(): SystemDialect {
    return this.session.dialect;
  }

  async change<R>(work: (change: Change) => Promise<R>): Promise<R> {
    this.#refuseNesting();
    const { result, change } = await this.#retried(() =>
      this.#connections.write(async (runner) => {
        const change = new DatabaseChange({ ...this.session, source: runner.dataSource, runner });
        const inside = { open: true };
        const result = await running
          .run(inside, () => work(change))
          .finally(() => {
            inside.open = false;
          });
        await raiseScopes(runner, this.dialect, change.scopes);
        return { result, change };
      }),
    );
    const committedAt = performance.now();
    if (change.scopes.size > 0) this.elsewhere.lookAhead();
    const held = await this.#heldHere();
    const heldEverywhere = held ? this.elsewhere.until(held, committedAt) : this.elsewhere.longest(committedAt);
    for (const followUp of change.followUps) {
      try {
        await followUp();
      } catch (error) {
        this.#tellFailure(error);
      }
    }
    await heldEverywhere;
    return result;
  }

  snapshot<R>(work: (reader: RecordReader) => Promise<R>): Promise<R> {
    return this.#translated(() =>
      this.#connections.snapshot((runner) => work(new DatabaseReader({ ...this.session, source: runner.dataSource, runner }))),
    );
  }

  statement(sql: string, values: readonly (string | number)[]): Promise<readonly StatementRow[]> {
    return this.#translated(() => this.#connections.statement(sql, values));
  }

  readVersion(): Promise<Version> {
    return this.#probe.read();
  }

  async raiseUnraised(): Promise<void> {
    if (this.dialect === 'postgres') return;
    this.#refuseNesting();
    await this.#translated(() => this.#connections.write((runner) => raiseScopes(runner, this.dialect, new Set())));
  }

  onCommit(listener: () => Promise<ChangeNumber | undefined>): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.elsewhere.close();
    await this.registry.close();
    await this.#probe.close();
    await this.#connections.close();
  }

  /** The change up to which nothing older is in use in this process, as of now; undefined where that cannot be said. */
  async #heldHere(): Promise<ChangeNumber | undefined> {
    try {
      const held = await Promise.all(this.#listeners.map((listener) => listener()));
      const known = held.filter((change) => change !== undefined);
      if (known.length === 0) return await this.readVersion();
      return known.reduce((lowest, change) => (change.number < lowest.number ? change : lowest));
    } catch (error) {
      this.#tellFailure(error);
      return undefined;
    }
  }

  #tellFailure(error: unknown): void {
    this.#options.log.error('a change was made, but what follows it failed', {
      error: error instanceof Error ? error.message : String(error),
    });
  }

  /** The database ends one of two transactions that wait for each other; it only has to be done again. */
  async #retried<R>(work: () => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#translated(work);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !isDeadlock(error)) throw error;
      }
    }
  }

  #refuseNesting(): void {
    if (running.getStore()?.open) throw new Error('a change of the system database cannot wait for another one inside it');
  }

  async #translated<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      throw translateError(error);
    }
  }
}
