import { appTable } from './apps.js';
import { localCacheConfigTable, memcachedConfigTable, redisConfigTable } from './cache-services.js';
import {
  cassandraConfigTable,
  couchdbConfigTable,
  dbFieldExtrasTable,
  dbRelationshipExtrasTable,
  dbTableExtrasTable,
  dbVirtualRelationshipTable,
  documentdbConfigTable,
  mongodbConfigTable,
  sqlDbConfigTable,
} from './database-services.js';
import type { Table } from './define-table.js';
import {
  awsConfigTable,
  azureConfigTable,
  bitbucketConfigTable,
  fileServiceConfigTable,
  ftpServiceConfigTable,
  githubConfigTable,
  gitlabConfigTable,
  rackspaceConfigTable,
  sftpServiceConfigTable,
  webdavServiceConfigTable,
} from './file-services.js';
import { keyCanaryTable, migrationsTable, outboxTable, setupTokenTable, versionTable, workerTable } from './headgate.js';
import { cloudEmailConfigTable, emailParametersConfigTable, emailTemplateTable, localEmailConfigTable, smtpConfigTable } from './mail.js';
import {
  failedJobsTable,
  jobsTable,
  limitsTable,
  logstashConfigTable,
  schedulerTasksTable,
  serviceReportTable,
  taskLogTable,
} from './operations.js';
import {
  amqpConfigTable,
  mqttConfigTable,
  rwsConfigTable,
  rwsHeadersConfigTable,
  rwsParametersConfigTable,
  soapConfigTable,
} from './remote-services.js';
import { roleServiceAccessTable, roleTable } from './roles.js';
import { eventScriptTable, scriptConfigTable } from './scripting.js';
import { appRoleMapTable, serviceCacheConfigTable, serviceDocTable, serviceEventMapTable, serviceTable } from './services.js';
import { corsConfigTable, instanceIdTable, lookupTable, systemConfigTable, systemCustomTable, userConfigTable } from './settings.js';
import {
  azureAdConfigTable,
  ldapConfigTable,
  oauthConfigTable,
  oauthTokenMapTable,
  oidcConfigTable,
  roleAdldapTable,
  roleGoogleTable,
  samlConfigTable,
} from './sign-on.js';
import {
  passwordResetsTable,
  revokedTokenTable,
  sessionTable,
  tokenMapTable,
  userCustomTable,
  userSessionTable,
  userTable,
  userToAppToRoleTable,
} from './users.js';

export * from './apps.js';
export * from './cache-services.js';
export * from './database-services.js';
export * from './file-services.js';
export * from './headgate.js';
export * from './mail.js';
export * from './operations.js';
export * from './remote-services.js';
export * from './roles.js';
export * from './scripting.js';
export * from './services.js';
export * from './settings.js';
export * from './sign-on.js';
export * from './users.js';

/** Every table, each after those that it refers to. */
export const allTables: readonly Table[] = [
  userTable,
  passwordResetsTable,
  userCustomTable,
  tokenMapTable,
  userSessionTable,
  sessionTable,
  revokedTokenTable,
  serviceTable,
  serviceDocTable,
  serviceCacheConfigTable,
  serviceEventMapTable,
  roleTable,
  roleServiceAccessTable,
  appTable,
  lookupTable,
  corsConfigTable,
  systemCustomTable,
  instanceIdTable,
  emailTemplateTable,
  smtpConfigTable,
  cloudEmailConfigTable,
  localEmailConfigTable,
  emailParametersConfigTable,
  sqlDbConfigTable,
  mongodbConfigTable,
  documentdbConfigTable,
  cassandraConfigTable,
  couchdbConfigTable,
  dbTableExtrasTable,
  dbFieldExtrasTable,
  dbRelationshipExtrasTable,
  dbVirtualRelationshipTable,
  fileServiceConfigTable,
  ftpServiceConfigTable,
  sftpServiceConfigTable,
  webdavServiceConfigTable,
  awsConfigTable,
  azureConfigTable,
  rackspaceConfigTable,
  githubConfigTable,
  bitbucketConfigTable,
  gitlabConfigTable,
  rwsConfigTable,
  rwsParametersConfigTable,
  rwsHeadersConfigTable,
  soapConfigTable,
  mqttConfigTable,
  amqpConfigTable,
  redisConfigTable,
  memcachedConfigTable,
  localCacheConfigTable,
  oauthConfigTable,
  oauthTokenMapTable,
  roleGoogleTable,
  ldapConfigTable,
  roleAdldapTable,
  oidcConfigTable,
  samlConfigTable,
  azureAdConfigTable,
  scriptConfigTable,
  eventScriptTable,
  limitsTable,
  schedulerTasksTable,
  taskLogTable,
  serviceReportTable,
  logstashConfigTable,
  jobsTable,
  failedJobsTable,
  versionTable,
  outboxTable,
  migrationsTable,
  workerTable,
  setupTokenTable,
  keyCanaryTable,
  userToAppToRoleTable,
  appRoleMapTable,
  systemConfigTable,
  userConfigTable,
];

const byName = new Map(allTables.map((table) => [table.name, table]));

/** The table of this name, or undefined. */
export function tableNamed(name: string): Table | undefined {
  return byName.get(name);
}
