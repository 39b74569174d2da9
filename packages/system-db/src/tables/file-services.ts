import { bool, defineTable, int, json, secret, signedInt, str, text } from './define-table.js';

/** The public paths and the container of every file service. */
export const fileServiceConfigTable = defineTable('file_service_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  public_path: json().optional,
  container: text().optional,
});

export const ftpServiceConfigTable = defineTable('ftp_service_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt().is(21),
  username: str(100).optional,
  password: secret().optional,
  ssl: bool().is(false),
  timeout: signedInt().is(90),
  passive: bool().is(true),
});

export const sftpServiceConfigTable = defineTable('sftp_service_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt().is(22),
  username: str(100).optional,
  password: secret().optional,
  timeout: signedInt().is(90),
  host_fingerprint: text().optional,
  private_key: text().optional,
});

export const webdavServiceConfigTable = defineTable('webdav_service_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  base_uri: str(),
  username: str(100).optional,
  password: secret().optional,
  auth_type: signedInt().optional,
  encoding: signedInt().optional,
  proxy: str().optional,
});

export const awsConfigTable = defineTable('aws_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  key: secret('longText').optional,
  secret: secret('longText').optional,
  region: str().optional,
  proxy: str().optional,
});

export const azureConfigTable = defineTable('azure_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  account_name: secret('longText').optional,
  account_key: secret('longText').optional,
  protocol: str().optional,
});

export const rackspaceConfigTable = defineTable('rackspace_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  username: str().optional,
  password: secret('longText').optional,
  tenant_name: str().optional,
  api_key: secret('longText').optional,
  url: str().optional,
  region: str().optional,
});

export const githubConfigTable = defineTable('github_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  vendor: str(),
  username: str().optional,
  password: secret().optional,
  token: secret().optional,
});

export const bitbucketConfigTable = defineTable('bitbucket_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  vendor: str(),
  username: str().optional,
  password: secret().optional,
  token: secret().optional,
});

export const gitlabConfigTable = defineTable('gitlab_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  base_url: str(),
  namespace: str().optional,
  token: secret().optional,
});
