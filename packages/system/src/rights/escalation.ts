import type { Requestor } from '@headgate/core';
import { allows, Forbidden, REQUESTORS, verbNames } from '@headgate/core';
import type { Configuration, RecordReader } from '@headgate/system-db';
import { all, equals, oneOf, userTable, userToAppToRoleTable } from '@headgate/system-db';
import type { RecordCall } from '../records/record-shape.js';

/** One right as a role grants it. */
export interface GrantedRow {
  readonly serviceId: number | null;
  readonly component: string | null;
  readonly verbMask: number;
  readonly requestorMask: number;
}

const REFUSAL = 'Not allowed to grant access that your own role does not have.';

/**
 * Keeps callers with rights on `system` from raising themselves (system-service.md 9.1 H4): who is no administrator can hand out
 * rights on the `system` service only as far as it has them itself, and cannot touch its own role, nor roles of administrators.
 */
export class EscalationGuard {
  readonly #configuration: () => Configuration;

  constructor(configuration: () => Configuration) {
    this.#configuration = configuration;
  }

  isAdmin(call: RecordCall): boolean {
    return call.request.access.isAdmin;
  }

  /** Refuses to hand a role to an app or a user, or to configure a service to do so. */
  demandGrantableRole(call: RecordCall, roleId: unknown): void {
    if (this.isAdmin(call) || typeof roleId !== 'number') return;
    for (const row of this.#configuration().roles.get(roleId)?.access ?? []) this.demandGrantableRow(call, row);
  }

  /** Refuses to write a row of rights that reaches further into `system` than the caller does. */
  demandGrantableRow(call: RecordCall, row: GrantedRow): void {
    if (this.isAdmin(call) || row.verbMask === 0 || row.requestorMask === 0) return;
    const system = [...this.#configuration().services.values()].find((service) => service.type === 'system');
    if (row.serviceId !== null && row.serviceId !== system?.id) return;
    if (row.serviceId === null || system === undefined || !this.#holds(call, system.id, row)) throw Forbidden(REFUSAL);
  }

  #holds(call: RecordCall, systemId: number, row: GrantedRow): boolean {
    const own = call.caller.role?.service(systemId);
    if (own === undefined) return false;
    const component = (row.component ?? '').replace(/^\/+|\/+$/g, '').toLowerCase();
    const requestors = (Object.keys(REQUESTORS) as Requestor[]).filter((requestor) => (row.requestorMask & REQUESTORS[requestor]) !== 0);
    return requestors.every((requestor) => {
      const held = own.verbsFor(component, requestor);
      return verbNames(row.verbMask).every((verb) => allows(held, verb));
    });
  }

  /** Refuses changes to the caller's own role and to roles of administrators. */
  async demandForeignRole(call: RecordCall, reader: RecordReader, roleId: number): Promise<void> {
    if (this.isAdmin(call)) return;
    if (call.caller.role?.id === roleId) throw Forbidden('Not allowed to change your own role.');
    const users = (await reader.find(userToAppToRoleTable, { where: equals('role_id', roleId) })).map((row) => row.user_id);
    if (users.length === 0) return;
    if ((await reader.count(userTable, all(oneOf('id', [...new Set(users)]), equals('is_sys_admin', true)))) > 0)
      throw Forbidden('Not allowed to change a role of an administrator.');
  }

  /** Refuses to take over a user whose roles reach further than the caller's own. */
  async demandReachableUser(call: RecordCall, reader: RecordReader, userId: number): Promise<void> {
    if (this.isAdmin(call)) return;
    for (const row of await reader.find(userToAppToRoleTable, { where: equals('user_id', userId) }))
      this.demandGrantableRole(call, row.role_id);
  }
}
