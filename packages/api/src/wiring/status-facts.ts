import type { Settings } from '@headgate/core';
import { all, appTable, equals, isNull, roleTable, type SystemDatabase, serviceTable, userTable } from '@headgate/system-db';
import type { StatusFacts } from '../pages/status.js';

/** What the status document tells, read from the system database. */
export function statusFacts(db: SystemDatabase, { app }: Pick<Settings, 'app'>, version: string): StatusFacts {
  return {
    managed: app.managed,
    dist: app.install,
    version,
    async counts() {
      const [apps, admins, users, services, roles] = await Promise.all([
        db.count(appTable),
        db.count(userTable, equals('is_sys_admin', true)),
        db.count(userTable, equals('is_sys_admin', false)),
        db.count(serviceTable),
        db.count(roleTable),
      ]);
      return { app: apps, admin: admins, user: users, service: services, role: roles };
    },
    async lastAdminLogin() {
      const hasLoggedIn = { kind: 'not', term: isNull('last_login_date') } as const;
      const [last] = await db.find(userTable, {
        where: all(equals('is_sys_admin', true), hasLoggedIn),
        order: [['last_login_date', 'desc']],
        limit: 1,
      });
      return last?.last_login_date ?? null;
    },
  };
}
