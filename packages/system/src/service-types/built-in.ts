import type { ConfigField, Service, ServiceType } from '@headgate/core';
import { configField } from '@headgate/core';
import { z } from 'zod';
import { appRoleMap } from './planned/fields.js';

/** The types of the services `system`, `user` and `api_docs`, whose instances `createSystem` makes: one each, and they need the whole installation. */

function mountedElsewhere(): Service {
  throw new Error('the services system, user and api_docs are made by createSystem');
}

const anyConfig = z.record(z.string(), z.unknown());
const EMPTY = { label: '', name: null };

const choice = (name: string, label: string, source: NonNullable<ConfigField['source']>, description: string) =>
  configField(name, 'picklist', label, { source, values: [EMPTY], description });

const mail = (prefix: string, label: string) => [
  choice(`${prefix}_email_service_id`, `${label} Email Service`, 'email_service', `The email service used for ${label.toLowerCase()}.`),
  choice(`${prefix}_email_template_id`, `${label} Email Template`, 'email_template', `The email template used for ${label.toLowerCase()}.`),
];

export const systemServiceType: ServiceType = {
  name: 'system',
  label: 'System Management',
  description: 'Service supporting management of the system.',
  group: 'System',
  singleton: true,
  status: 'works',
  fields: [
    choice('default_app_id', 'Default Application', 'app', 'Select a default application to be used for the system UI.'),
    ...mail('invite', 'Invite'),
    ...mail('password', 'Password Reset'),
  ],
  schema: anyConfig,
  storage: { kind: 'table', table: 'system_config' },
  create: mountedElsewhere,
};

export const userServiceType: ServiceType = {
  name: 'user',
  label: 'User service',
  description: 'User service to allow user management.',
  group: 'User',
  singleton: true,
  status: 'works',
  fields: [
    configField('allow_open_registration', 'boolean', 'Allow Open Registration', {
      default: false,
      description: 'Allow users to register without an administrator.',
    }),
    choice('open_reg_role_id', 'Open Registration Role', 'role', 'The role of users who register themselves.'),
    appRoleMap,
    ...mail('open_reg', 'Open Registration'),
    ...mail('invite', 'Invite'),
    ...mail('password', 'Password Reset'),
  ],
  schema: anyConfig,
  storage: { kind: 'table', table: 'user_config' },
  create: mountedElsewhere,
};

export const apiDocsServiceType: ServiceType = {
  name: 'swagger',
  label: 'API Docs',
  description: 'API documenting and testing service using Swagger specifications.',
  group: 'API Doc',
  singleton: true,
  status: 'works',
  fields: [],
  schema: anyConfig,
  storage: { kind: 'none' },
  create: mountedElsewhere,
};
