import type { ServiceType } from '@headgate/core';
import type { SqlEnvironment } from '../environment.js';
import { mariadbServiceType, mysqlServiceType } from '../mysql/service-type.js';
import { pgsqlServiceType } from '../postgres/service-type.js';
import { sqliteServiceType } from '../sqlite/service-type.js';

/** Every type of database service that works. */
export function sqlServiceTypes(environment: SqlEnvironment): readonly ServiceType[] {
  return [pgsqlServiceType(environment), mysqlServiceType(environment), mariadbServiceType(environment), sqliteServiceType(environment)];
}
