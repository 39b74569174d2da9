import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi, type Executed, type Stack, startStack, succeeding, until } from '../compose.ts';

const PASSPHRASE = 'a long passphrase of the backup';
const USER = { email: 'someone@example.com', password: 'a-long-user-password' };
/** A database beside the stack, whose password the installation keeps sealed. */
const CRM = { user: 'crm', password: 'of-the-crm-alone', database: 'crm' };

describe('all volumes are lost', () => {
  let stack: Stack;
  let folder: string;
  let key: string;
  let userToken: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'headgate-backup-'));
    // The user of the image writes there.
    await chmod(folder, 0o777);
    const environment = { POSTGRES_USER: CRM.user, POSTGRES_PASSWORD: CRM.password, POSTGRES_DB: CRM.database };
    stack = await startStack({
      overlay: { services: { crm: { image: 'postgres:17', environment, tmpfs: ['/var/lib/postgresql/data'], networks: ['data'] } } },
    });
    await fillCrm();
    ({ key, userToken } = await setUp());
  });
  afterAll(async () => {
    await stack?.down();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const fillCrm = async () => {
    const statement = 'CREATE TABLE customer (id integer PRIMARY KEY, name text); INSERT INTO customer VALUES (1, $$Ada$$)';
    await until(
      async () =>
        (await stack.exec('crm', ['sh', '-c', `PGPASSWORD=${CRM.password} psql -h 127.0.0.1 -U ${CRM.user} -c '${statement}'`])).code === 0,
      'the database beside the stack',
    );
  };

  /** A service, a role, a key for it, and a user of that role with a session. */
  async function setUp() {
    const make = async (resource: string, record: object): Promise<number> => {
      const made = await stack.admin<{ resource: { id: number }[] }>('POST', `system/${resource}`, { resource: [record] });
      return made.resource[0]!.id;
    };
    const config = { host: 'crm', port: 5432, database: CRM.database, username: CRM.user, password: CRM.password };
    const service = await make('service', { name: 'crm', label: 'CRM', type: 'pgsql', is_active: true, config });
    const access = { service_id: service, component: '*', verb_mask: 1, requestor_mask: 3 };
    const role = await make('role', { name: 'readers', is_active: true, role_service_access_by_role_id: [access] });
    const app = await make('app', { name: 'reader', is_active: true, type: 0, role_id: role });
    await make('user', { name: 'Someone', ...USER, is_active: true, user_to_app_to_role_by_user_id: [{ app_id: app, role_id: role }] });
    const { api_key } = await stack.admin<{ api_key: string }>('GET', `system/app/${app}?fields=api_key`);
    const { session_token } = await callApi<{ session_token: string }>(stack.origin, 'POST', 'user/session', USER);
    return { key: api_key, userToken: session_token };
  }

  const customers = (headers: Readonly<Record<string, string>>) => callApi(stack.origin, 'GET', 'crm/_table/customer', undefined, headers);
  /** As docs/backup.md says it. */
  const command = (...words: readonly string[]): Promise<Executed> =>
    stack.run(['run', '--rm', '-T', '--no-deps', '-v', `${folder}:/backup`, 'migrate', ...words], `${PASSPHRASE}\n`);

  it('and a backup of the running stack brings keys, users, secrets and sessions back', { timeout: 300_000 }, async () => {
    const withKey = { 'x-dreamfactory-api-key': key };
    const withToken = { ...withKey, 'x-dreamfactory-session-token': userToken };
    const rows = { resource: [{ id: 1, name: 'Ada' }] };
    expect(await customers(withKey)).toEqual(rows);
    expect(await customers(withToken)).toEqual(rows);
    await succeeding(command('backup', '/backup/headgate.backup'));

    await stack.compose('down', '-v');
    await stack.compose('up', '-d', '--no-build');
    await stack.untilBalancedOver(3);
    await fillCrm();
    await expect(customers(withKey)).rejects.toThrow(/: 40[01] /);
    await expect(callApi(stack.origin, 'POST', 'user/session', USER)).rejects.toThrow(': 401 ');

    const restored = await succeeding(command('restore', '/backup/headgate.backup', '--replace', '--yes'));
    console.info(restored.stdout, restored.stderr);
    await stack.compose('restart', 'api', 'worker');
    await stack.untilBalancedOver(3);

    expect(await customers(withKey)).toEqual(rows);
    // Signed with the key that came back.
    for (const worker of await stack.containers('api')) {
      expect(await callApi(worker.origin, 'GET', 'crm/_table/customer', undefined, withToken)).toEqual(rows);
    }
    await callApi(stack.origin, 'POST', 'user/session', USER);
    await stack.admin('GET', 'system/cluster');
  });
});
