import type { AppRecord, Configuration, LookupRecord, RoleRecord, ServiceRecord, SystemState, UserRecord } from '@headgate/system-db';
import { lookupTable, revokedTokenTable, userSessionTable, userTable, userToAppToRoleTable } from '@headgate/system-db';
import { hashApiKey } from '../../src/index.js';
import type { MemoryDatabase } from './memory-database.js';

export interface StateContents {
  readonly services?: readonly ServiceRecord[];
  readonly roles?: readonly RoleRecord[];
  readonly apps?: readonly AppRecord[];
  readonly lookups?: readonly LookupRecord[];
}

/** A state that reads users and revocations from the database at once, everything synchronously. */
export class MemoryState implements SystemState {
  readonly #db: MemoryDatabase;
  #contents: StateContents;
  #configuration: Configuration;
  /** Whether answers come as promises, as they do when nothing is in memory. */
  isCold = false;

  constructor(db: MemoryDatabase, contents: StateContents = {}) {
    this.#db = db;
    this.#contents = contents;
    this.#configuration = this.#build();
  }

  set(contents: StateContents): void {
    this.#contents = { ...this.#contents, ...contents };
    this.#configuration = this.#build();
  }

  get latest(): Configuration {
    return this.#configuration;
  }

  current(): Configuration | Promise<Configuration> {
    const revoked = this.#db.rows(revokedTokenTable).map((row) => String(row.jti));
    if (revoked.length !== this.#configuration.revokedTokens.size) this.#configuration = this.#build();
    return this.isCold ? Promise.resolve(this.#configuration) : this.#configuration;
  }

  user(id: number): UserRecord | undefined | Promise<UserRecord | undefined> {
    const user = this.#user(id);
    return this.isCold ? Promise.resolve(user) : user;
  }

  onChange(): void {}
  async close(): Promise<void> {}

  #user(id: number): UserRecord | undefined {
    const row = this.#db.rows(userTable).find((user) => user.id === id);
    if (row === undefined) return undefined;
    const session = this.#db.rows(userSessionTable).find((entry) => entry.user_id === id);
    const roles = this.#db.rows(userToAppToRoleTable).filter((entry) => entry.user_id === id);
    const text = (name: string) => (row[name] === null ? null : String(row[name]));
    return {
      id,
      name: String(row.name),
      username: text('username'),
      firstName: text('first_name'),
      lastName: text('last_name'),
      email: String(row.email),
      isActive: row.is_active === true,
      isSysAdmin: row.is_sys_admin === true,
      isRootAdmin: row.is_root_admin === true,
      ldapUsername: null,
      lastLoginDate: text('last_login_date'),
      roles: new Map(roles.map((entry) => [Number(entry.app_id), Number(entry.role_id)])),
      lookups: this.#db
        .rows(lookupTable)
        .filter((entry) => entry.user_id === id)
        .map((entry) => ({
          name: String(entry.name),
          value: String(entry.value),
          isPrivate: entry.private === true,
          appId: null,
          roleId: null,
          userId: id,
        })),
      sessionNumber: Number(session?.session_number ?? 0),
      revokedBefore: Number(session?.revoked_before ?? 0),
    };
  }

  #build(): Configuration {
    const { services = [], roles = [], apps = [], lookups = [] } = this.#contents;
    return {
      services: new Map(services.map((service) => [service.id, service])),
      servicesByName: new Map(services.map((service) => [service.name, service])),
      roles: new Map(roles.map((role) => [role.id, role])),
      apps: new Map(apps.map((app) => [app.id, app])),
      appsByKeyHash: new Map(apps.flatMap((app) => (app.apiKey === null ? [] : [[hashApiKey(app.apiKey), app]]))),
      lookups,
      cors: [],
      revokedTokens: new Set(this.#db.rows(revokedTokenTable).map((row) => String(row.jti))),
    };
  }
}
