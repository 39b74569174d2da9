import { newApiKey } from '@headgate/access';
import { REQUESTORS, type Settings, VERBS } from '@headgate/core';
import { appTable, equals, roleServiceAccessTable, roleTable, type SystemDatabase, serviceTable } from '@headgate/system-db';
import { makeSampleDatabase } from './sample-database.js';

/** The service that a new installation is seeded with. */
const SERVICE = 'db';
/** The name of the role and of the app of the sample. */
const SAMPLE = 'sample-reader';

/** Fills the service `db` of a new installation with the sample database, and answers the key of a role that may read it and nothing else. */
export async function makeSample(db: SystemDatabase, settings: Settings): Promise<string | undefined> {
  makeSampleDatabase(settings.sql.sqliteStorage);
  return db.change(async (change) => {
    const service = await change.findOne(serviceTable, equals('name', SERVICE));
    if (service === undefined) return undefined;
    const role = await change.insert(roleTable, { name: SAMPLE, description: `Reads the sample service ${SERVICE}`, is_active: true });
    await change.insert(roleServiceAccessTable, {
      role_id: role.id,
      service_id: service.id,
      component: '*',
      verb_mask: VERBS.GET,
      requestor_mask: REQUESTORS.API,
      filters: [],
      filter_op: 'and',
    });
    const key = newApiKey();
    const app = await change.insert(appTable, {
      name: SAMPLE,
      description: `Key of the sample service ${SERVICE}`,
      api_key: key,
      is_active: true,
      role_id: role.id,
    });
    for (const scope of [`service:${service.id}`, `role:${role.id}`, `app:${app.id}`]) change.raise(scope);
    return key;
  });
}

/** The key of the sample, where it was made and not taken away since. */
export async function findSampleKey(db: SystemDatabase): Promise<string | undefined> {
  const app = await db.findOne(appTable, equals('name', SAMPLE));
  return app?.is_active ? (app.api_key ?? undefined) : undefined;
}
