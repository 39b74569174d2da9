import { installedServiceTypes } from '@headgate/api';
import type { LoadedSettings, Logger } from '@headgate/core';
import { openSystemDatabase, openSystemState } from '@headgate/system-db';
import { version } from '../configuration/version.js';
import { databaseOptions } from '../system/database-options.js';
import { type Finding, ok, problem, warning } from './finding.js';
import { checkDisk, checkNode } from './machine.js';
import { checkServices } from './services.js';
import { checkStores } from './stores.js';
import { checkConnections, checkKey, checkSystemDatabase } from './system-database.js';
import { checkWorkers } from './workers.js';

/** Looks at everything that an installation stands on; changes nothing. */
export async function examine({ settings, warnings }: LoadedSettings, log: Logger): Promise<Finding[]> {
  const configuration =
    warnings.length === 0
      ? [ok('configuration', 'nothing to say')]
      : warnings.map((text) => warning('configuration', text, 'See docs/configuration.md.'));
  return [
    ...checkNode(),
    ...configuration,
    ...(await checkDisk(settings.app.dataDir)),
    ...(await checkInstallation(settings, log)),
    ...(await checkStores(settings)),
  ];
}

async function checkInstallation(settings: LoadedSettings['settings'], log: Logger): Promise<Finding[]> {
  if (settings.app.key === undefined) {
    return [
      problem('key', 'no APP_KEY is configured', 'Set it to the key of this installation; ./headgate start makes one for a new one.'),
    ];
  }
  const options = databaseOptions(settings, log);
  const { findings, facts } = await checkSystemDatabase(options);
  if (facts === undefined) return findings;
  const types = installedServiceTypes(settings, log);
  const db = await openSystemDatabase(options);
  try {
    const opening = openSystemState(db, { configOf: types.configOf, log });
    findings.push(...(await checkKey(() => opening)));
    if (findings.some(({ check, level }) => check === 'key' && level === 'error')) return findings;
    const state = await opening;
    try {
      const members = await state.members();
      const configuration = await state.current();
      findings.push(...checkConnections(settings, facts, members), ...checkWorkers(settings, members, version()));
      findings.push(...(await checkServices(configuration, types, settings, log)));
    } finally {
      await state.close();
    }
    return findings;
  } finally {
    await db.close();
  }
}
