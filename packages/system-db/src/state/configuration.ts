import type { JsonObject, StoredSchemaExtras } from '@headgate/core';
import type { Member } from '../workers/member.js';

/**
 * What a worker holds of the system database in memory: immutable records, replaced one by one when their version moves. What is
 * compiled from a record hangs on that very object (a `WeakMap`), so that it dies with it.
 */

export interface ServiceRecord {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  readonly isActive: boolean;
  readonly type: string;
  readonly mutable: boolean;
  readonly deletable: boolean;
  readonly createdById: number | null;
  /** Decrypted and merged from its tables; lookups still symbolic. */
  readonly config: JsonObject;
  /** Rows of `db_*_extras` and `db_virtual_relationship` of a database service. */
  readonly schemaExtras: StoredSchemaExtras;
}

export interface RoleRecord {
  readonly id: number;
  readonly name: string;
  readonly isActive: boolean;
  readonly access: readonly RoleAccessRow[];
}

export interface RoleAccessRow {
  readonly id: number;
  readonly serviceId: number | null;
  readonly component: string | null;
  readonly verbMask: number;
  readonly requestorMask: number;
  readonly filters: readonly { readonly name: string; readonly operator: string; readonly value: string | null }[];
  readonly filterOp: 'and' | 'or';
}

export interface AppRecord {
  readonly id: number;
  readonly name: string;
  readonly apiKey: string | null;
  readonly isActive: boolean;
  readonly roleId: number | null;
}

export interface LookupRecord {
  readonly name: string;
  readonly value: string | null;
  readonly isPrivate: boolean;
  readonly appId: number | null;
  readonly roleId: number | null;
  readonly userId: number | null;
}

export interface CorsRecord {
  readonly id: number;
  readonly path: string;
  readonly origin: string | null;
  readonly header: string | null;
  readonly exposedHeader: string | null;
  readonly method: number;
  readonly maxAge: number;
  readonly supportsCredentials: boolean;
  readonly enabled: boolean;
}

/** A user as calls need it; loaded on first use, in bounded memory. */
export interface UserRecord {
  readonly id: number;
  readonly name: string;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string;
  readonly isActive: boolean;
  readonly isSysAdmin: boolean;
  readonly isRootAdmin: boolean;
  readonly ldapUsername: string | null;
  readonly lastLoginDate: string | null;
  /** App id to role id (`user_to_app_to_role`); an administrator with any entry is a restricted one. */
  readonly roles: ReadonlyMap<number, number>;
  readonly lookups: readonly LookupRecord[];
  /** Claim `session_number` of our tokens must equal this; raised by password change, deactivation and revoke-all. */
  readonly sessionNumber: number;
  /** Tokens of the original (without that claim) issued before this are dead; seconds since 1970, 0 for none. */
  readonly revokedBefore: number;
}

/** Everything but users, as of one moment. */
export interface Configuration {
  readonly services: ReadonlyMap<number, ServiceRecord>;
  readonly servicesByName: ReadonlyMap<string, ServiceRecord>;
  readonly roles: ReadonlyMap<number, RoleRecord>;
  readonly apps: ReadonlyMap<number, AppRecord>;
  /** By SHA-256 (hex) of the API key: a lookup by hash takes the same time for every wrong key. */
  readonly appsByKeyHash: ReadonlyMap<string, AppRecord>;
  /** Those without user. */
  readonly lookups: readonly LookupRecord[];
  readonly cors: readonly CorsRecord[];
  /** `jti` of revoked, unexpired tokens. */
  readonly revokedTokens: ReadonlySet<string>;
}

/** The worker's state, kept coherent with the system database (design.md 6). */
export interface SystemState {
  /** The configuration under a fresh proof. Synchronous while one is at hand; throws `SystemUnavailable` when none can be had. */
  current(): Configuration | Promise<Configuration>;
  /** The configuration last loaded, without proof: for pages and reports. */
  readonly latest: Configuration;
  /** A user, from memory or the database; undefined when there is none. */
  user(id: number): UserRecord | undefined | Promise<UserRecord | undefined>;
  /** Called after each swap of the configuration. */
  onChange(listener: (configuration: Configuration) => void): void;
  close(): Promise<void>;
}

/** Whether triggers tell of changes that others make; where they were refused, everything is loaded anew every 30 s. */
export type TriggerState = 'installed' | 'refused';

/** Whether this process can answer calls, for its readiness. */
export interface StateHealth {
  /** Milliseconds since the system database was last asked and has answered; Infinity where it never has. */
  readonly provenMsAgo: number;
  /** Whether the others know of this worker and wait for it; true as well where it was opened without identity. */
  readonly isRegistered: boolean;
  /** Whether calls are answered from what was last proven because the database is away (`DF_SERVE_STALE`). */
  readonly isStale: boolean;
}

/** A state that `openSystemState` opened. */
export interface OpenSystemState extends SystemState {
  readonly triggers: TriggerState;
  readonly health: StateHealth;
  /** Everyone who answers from memory, the longest there first. Rejects with `SystemUnavailable`. */
  members(): Promise<readonly Member[]>;
}
