import { randomBytes } from 'node:crypto';
import type { Logger } from '@headgate/core';
import { equals } from '../condition.js';
import { storeKeyCanary } from '../encryption/key-canary.js';
import type { Change, SystemDatabase } from '../system-database.js';
import { appTable } from '../tables/apps.js';
import { sqlDbConfigTable } from '../tables/database-services.js';
import { fileServiceConfigTable } from '../tables/file-services.js';
import { emailTemplateTable, localEmailConfigTable } from '../tables/mail.js';
import { serviceTable } from '../tables/services.js';
import { instanceIdTable, systemConfigTable, userConfigTable } from '../tables/settings.js';
import { EMAIL_TEMPLATES, type SeededTemplate } from './email-templates.js';

export interface SeedOptions {
  readonly log: Logger;
  /** Whether app `admin` gets the key that admin apps and scripts have built in (the default); it has no role and grants nothing. */
  readonly knownAdminKey?: boolean;
}

export interface SeedReport {
  /** Whether the database was empty and got its first rows. */
  readonly seeded: boolean;
}

/** The API key of the app `admin`: compiled into DreamFactory's admin app and so public; it grants nothing by itself. */
export const KNOWN_ADMIN_KEY = '6498a8ad1beb9d84d63035c5d1120c007fad6de706734db9689f8996707e0f7d';
/** Type 3 of an app: a path on this server. */
const PATH_APP = 3;

/** The first rows of an empty system database (system-service.md 6.4); a database that has services is left as it is. */
export async function seed(db: SystemDatabase, { log, knownAdminKey = true }: SeedOptions): Promise<SeedReport> {
  const seeded = await db.change(async (change) => {
    if ((await change.count(serviceTable)) > 0) return false;
    await storeKeyCanary(change);
    const services = await seedServices(change);
    const templates = await seedTemplates(change);
    await seedApps(change, knownAdminKey);
    await change.insert(systemConfigTable, {
      service_id: services.system,
      invite_email_service_id: services.email,
      invite_email_template_id: templates.invite,
      password_email_service_id: services.email,
      password_email_template_id: templates.passwordReset,
    });
    await change.insert(userConfigTable, {
      service_id: services.user,
      allow_open_registration: false,
      open_reg_email_service_id: services.email,
      open_reg_email_template_id: templates.registration,
      invite_email_service_id: services.email,
      invite_email_template_id: templates.invite,
      password_email_service_id: services.email,
      password_email_template_id: templates.passwordReset,
    });
    if ((await change.count(instanceIdTable)) === 0)
      await change.insert(instanceIdTable, { instance_id: randomBytes(7).toString('hex').slice(0, 13) });
    change.raise('all');
    return true;
  });
  if (seeded) log.info('the system database was empty and has its first rows now');
  return { seeded };
}

interface SeededService {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly mutable?: boolean;
  readonly deletable?: boolean;
}

async function seedServices(change: Change) {
  const add = async (service: SeededService) => (await change.insert(serviceTable, { ...service, is_active: true })).id;
  const fixed = { mutable: false, deletable: false };
  const system = await add({
    name: 'system',
    label: 'System Management',
    description: 'Service for managing system resources.',
    type: 'system',
    ...fixed,
  });
  await add({ name: 'api_docs', label: 'Live API Docs', description: 'API documenting and testing service.', type: 'swagger', ...fixed });
  const files = await add({
    name: 'files',
    label: 'Local File Storage',
    description: 'Service for accessing local file storage.',
    type: 'local_file',
  });
  await change.insert(fileServiceConfigTable, { service_id: files, container: 'app' });
  const logs = await add({
    name: 'logs',
    label: 'Local Log Storage',
    description: 'Service for accessing local log storage.',
    type: 'local_file',
  });
  await change.insert(fileServiceConfigTable, { service_id: logs, container: 'logs' });
  const db = await add({
    name: 'db',
    label: 'Local SQL Database',
    description: 'Service for accessing local SQLite database.',
    type: 'sqlite',
  });
  await change.insert(sqlDbConfigTable, { service_id: db, connection: { database: 'db.sqlite' } });
  const email = await add({
    name: 'email',
    label: 'Local Email Service',
    description: 'Email service used for sending user invites and/or password reset confirmation.',
    type: 'local_email',
  });
  await change.insert(localEmailConfigTable, { service_id: email });
  const user = await add({
    name: 'user',
    label: 'User Management',
    description: 'Service for managing system users.',
    type: 'user',
    deletable: false,
  });
  return { system, email, user };
}

async function seedTemplates(change: Change) {
  const add = async (template: SeededTemplate) => {
    const known = await change.findOne(emailTemplateTable, equals('name', template.name));
    return known?.id ?? (await change.insert(emailTemplateTable, template)).id;
  };
  return {
    invite: await add(EMAIL_TEMPLATES.invite),
    registration: await add(EMAIL_TEMPLATES.registration),
    passwordReset: await add(EMAIL_TEMPLATES.passwordReset),
  };
}

/** No seeded app has a role: their keys alone open nothing. */
async function seedApps(change: Change, knownAdminKey: boolean): Promise<void> {
  const add = async (name: string, description: string, path: string, apiKey: string) => {
    if ((await change.count(appTable, equals('name', name))) > 0) return;
    await change.insert(appTable, { name, description, path, api_key: apiKey, type: PATH_APP, is_active: true });
  };
  const randomKey = () => randomBytes(32).toString('hex');
  await add(
    'admin',
    'An application for administering this instance.',
    'dreamfactory/dist/index.html',
    knownAdminKey ? KNOWN_ADMIN_KEY : randomKey(),
  );
  await add('api_docs', 'A web-based Swagger UI client for API docs.', 'df-api-docs-ui/dist/index.html', randomKey());
  await add('file_manager', 'An application for managing file services.', 'filemanager/index.html', randomKey());
}
