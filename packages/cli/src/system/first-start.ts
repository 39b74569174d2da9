import { issueSetupToken } from '@headgate/access';
import { type LoadedSettings, type Settings, systemDatabaseTarget } from '@headgate/core';
import { makeKey } from '../configuration/generated-key.js';
import { type ConfigurationFlags, generatedKeyFile, loadConfiguration } from '../configuration/installation.js';
import { findSampleKey, makeSample } from '../sample/sample-service.js';
import { curlRecord } from '../terminal/curl.js';
import { print, type Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';
import { prepareSystem } from './prepare-system.js';
import { setupAddress } from './setup-address.js';

/** What the commands that serve a whole installation on one machine have in common: `start` and `cluster`. */

export interface ServeFlags extends ConfigurationFlags {
  readonly port?: string;
  readonly host?: string;
  readonly sample: boolean;
  readonly cors?: readonly string[];
}

export interface ServeConfiguration extends LoadedSettings {
  /** Whether this start made the key. */
  readonly madeKey: boolean;
}

/** The configuration, with a key that is made where none is configured. */
export function configureServing(terminal: Terminal, command: 'start' | 'cluster', flags: ServeFlags): ServeConfiguration {
  const input = {
    command,
    flags,
    commandLine: { PORT: flags.port, HOST: flags.host, DF_CORS_ORIGINS: flags.cors?.join(',') },
  };
  const loaded = loadConfiguration(terminal, input);
  if (loaded.settings.app.key !== undefined) return { ...loaded, madeKey: false };
  makeKey(loaded.settings);
  return { ...loadConfiguration(terminal, input), madeKey: true };
}

export interface FirstRun {
  readonly sampleKey: string | undefined;
  /** Of the set-up page, where nobody administers the installation yet. */
  readonly token: string | undefined;
}

/** Brings the system database up to date; makes the sample of a new installation. */
export async function prepareServing(terminal: Terminal, settings: Settings, { sample }: Pick<ServeFlags, 'sample'>): Promise<FirstRun> {
  const { db, isNew, hasAdmin } = await prepareSystem(settings, terminalLog(terminal));
  try {
    const sampleKey = isNew && sample ? await makeSample(db, settings) : await findSampleKey(db);
    return { sampleKey, token: hasAdmin ? undefined : await issueSetupToken(db) };
  } finally {
    await db.close();
  }
}

export interface Welcome extends FirstRun {
  readonly settings: Settings;
  readonly address: string;
  readonly madeKey: boolean;
  /** Worker processes, where there are several. */
  readonly workers?: number;
}

/** Prints where to go. */
export function welcome(terminal: Terminal, { settings, address, sampleKey, token, madeKey, workers }: Welcome): void {
  const { app, http } = settings;
  const say = (label: string, text: string) => print(terminal, `  ${label.padEnd(9)} ${text}`);
  print(terminal, `Headgate serves ${address}`);
  print(terminal);
  if (token !== undefined) say('Set up', `${setupAddress(address, token)}  (creates the first administrator; once, within 24 hours)`);
  else say('Console', `${address}/`);
  say('API', `${address}/${http.apiRoutePrefix}/v2`);
  say('Data', `${app.dataDir}${systemDatabaseTarget(settings).dialect === 'sqlite' ? '' : ' (the system database is elsewhere: DB_HOST)'}`);
  if (workers !== undefined) say('Workers', `${workers} processes; SIGHUP replaces them one by one`);
  if (madeKey) say('Key', `made a key in ${generatedKeyFile(app.dataDir)}: keep a copy, stored secrets open with nothing else`);
  if (sampleKey !== undefined) {
    print(terminal);
    print(terminal, '  Read a record of the sample service:');
    print(terminal, `    ${curlRecord({ address, prefix: http.apiRoutePrefix, service: 'db', table: 'contact', key: sampleKey })}`);
  }
  print(terminal);
  print(terminal, 'Ctrl-C stops.');
}
