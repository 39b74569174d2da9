import type { LookupSource } from './lookups.js';
import type { Requestor } from './requestor.js';
import type { Verb, VerbMask } from './verbs.js';

export interface AppIdentity {
  readonly id: number;
  readonly name: string;
}

export interface UserIdentity {
  readonly id: number;
  readonly name: string;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string;
  readonly isSysAdmin: boolean;
  readonly isRootAdmin: boolean;
  readonly lastLoginDate: string | null;
}

/** One condition of a role's record filter, as stored; its value may hold lookups, which are bound per call. */
export interface RecordCondition {
  readonly name: string;
  readonly operator: string;
  readonly value: string | null;
}

/** Records outside this filter do not exist for the caller (rest-core.md 3.6). Immutable; compared by identity. */
export interface RecordFilter {
  readonly conditions: readonly RecordCondition[];
  readonly join: 'and' | 'or';
}

/** What one caller may do with one service, compiled once per version of role and service. Immutable. */
export interface ServiceAccess {
  /** Different for every compiled access, never reused in a process: part of the key of whatever is compiled for it. */
  readonly stamp: number;
  /** Full rights without record filters. */
  readonly isAdmin: boolean;
  /** The verbs allowed on a component (`componentOf`). */
  verbsFor(component: string, requestor: Requestor): VerbMask;
  /** The record filter of a table; `undefined` when every record may be seen. `table` is the API name. */
  recordFilter(table: string, verb: Verb, requestor: Requestor): RecordFilter | undefined;
  /** Whether any row of the role gives this verb on the service, whatever the component. */
  allowsAnywhere(verb: Verb, requestor: Requestor): boolean;
}

export interface RoleAccess {
  readonly id: number;
  readonly name: string;
  readonly isActive: boolean;
  /** The access to a service; one without any right where the role has no row for it. */
  service(serviceId: number): ServiceAccess;
  /** Whether the service belongs in the caller's list of services (rest-core.md 1.4). */
  mayList(serviceId: number): boolean;
}

/** Who calls: the outcome of `identify`. Holds the configuration that the call started with. */
export interface Caller {
  readonly app: AppIdentity | undefined;
  readonly user: UserIdentity | undefined;
  readonly role: RoleAccess | undefined;
  /** A system administrator without any role assignment: may do everything (rest-core.md 3.3). */
  readonly isAdmin: boolean;
  readonly requestor: Requestor;
  /** The token and key as sent; never logged. */
  readonly sessionToken: string | undefined;
  readonly apiKey: string | undefined;
  readonly lookups: LookupSource;
}

/** The access of system administrators. */
export const ADMIN_ACCESS: ServiceAccess = Object.freeze({
  stamp: 0,
  isAdmin: true,
  verbsFor: () => 1023,
  recordFilter: () => undefined,
  allowsAnywhere: () => true,
});
