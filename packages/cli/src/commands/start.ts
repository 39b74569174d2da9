import { issueSetupToken } from '@headgate/access';
import { type RunningApi, startApi } from '@headgate/api';
import { type LoadedSettings, type Settings, systemDatabaseTarget } from '@headgate/core';
import { makeKey } from '../configuration/generated-key.js';
import { type ConfigurationFlags, generatedKeyFile, loadConfiguration } from '../configuration/installation.js';
import { findSampleKey, makeSample } from '../sample/sample-service.js';
import { asFailures } from '../system/open-system.js';
import { checkPort, listenFailure } from '../system/port.js';
import { type PreparedSystem, prepareSystem } from '../system/prepare-system.js';
import { forgetServedAddress, localAddress, noteServedAddress } from '../system/served-address.js';
import { untilStopped } from '../system/until-stopped.js';
import { curlRecord } from '../terminal/curl.js';
import { note, print, type Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';
import { setupAddress } from './setup.js';

export interface StartFlags extends ConfigurationFlags {
  readonly port?: string;
  readonly host?: string;
  readonly sample: boolean;
  readonly cors?: readonly string[];
}

/** `headgate start`: everything on one machine, in one process. Resolves when it was stopped. */
export async function start(terminal: Terminal, flags: StartFlags): Promise<void> {
  const { settings, warnings, madeKey } = configure(terminal, flags);
  for (const warning of warnings) note(terminal, `warning: ${warning}`);
  const { host, port } = settings.http;
  await checkPort(host, port);
  await asFailures(async () => {
    const prepared = await prepareSystem(settings, terminalLog(terminal));
    const { sampleKey, token } = await closing(prepared, () => firstRun(prepared, settings, flags.sample));
    const api = await listen(settings);
    const address = localAddress(host, api.port);
    noteServedAddress(settings, address);
    const stopped = untilStopped();
    welcome(terminal, { settings, address, sampleKey, token, madeKey });
    await stopped;
    forgetServedAddress(settings);
    await api.close();
  });
}

function configure(terminal: Terminal, flags: StartFlags): LoadedSettings & { madeKey: boolean } {
  const input = {
    command: 'start',
    flags,
    commandLine: { PORT: flags.port, HOST: flags.host, DF_CORS_ORIGINS: flags.cors?.join(',') },
  };
  const loaded = loadConfiguration(terminal, input);
  if (loaded.settings.app.key !== undefined) return { ...loaded, madeKey: false };
  makeKey(loaded.settings);
  return { ...loadConfiguration(terminal, input), madeKey: true };
}

/** The sample of a new installation, and the token of the set-up page where nobody administers it yet. */
async function firstRun(
  { db, isNew, hasAdmin }: PreparedSystem,
  settings: Settings,
  withSample: boolean,
): Promise<{ sampleKey: string | undefined; token: string | undefined }> {
  const sampleKey = isNew && withSample ? await makeSample(db, settings) : await findSampleKey(db);
  return { sampleKey, token: hasAdmin ? undefined : await issueSetupToken(db) };
}

async function closing<R>({ db }: PreparedSystem, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } finally {
    await db.close();
  }
}

async function listen(settings: Settings): Promise<RunningApi> {
  try {
    return await startApi(settings);
  } catch (error) {
    throw listenFailure(error, settings.http.host, settings.http.port);
  }
}

interface Welcome {
  readonly settings: Settings;
  readonly address: string;
  readonly sampleKey: string | undefined;
  readonly token: string | undefined;
  readonly madeKey: boolean;
}

function welcome(terminal: Terminal, { settings, address, sampleKey, token, madeKey }: Welcome): void {
  const { app, http } = settings;
  const say = (label: string, text: string) => print(terminal, `  ${label.padEnd(9)} ${text}`);
  print(terminal, `Headgate serves ${address}`);
  print(terminal);
  if (token !== undefined) say('Set up', `${setupAddress(address, token)}  (creates the first administrator; once, within 24 hours)`);
  else say('Console', `${address}/`);
  say('API', `${address}/${http.apiRoutePrefix}/v2`);
  say('Data', `${app.dataDir}${systemDatabaseTarget(settings).dialect === 'sqlite' ? '' : ' (the system database is elsewhere: DB_HOST)'}`);
  if (madeKey) say('Key', `made a key in ${generatedKeyFile(app.dataDir)}: keep a copy, stored secrets open with nothing else`);
  if (sampleKey !== undefined) {
    print(terminal);
    print(terminal, '  Read a record of the sample service:');
    print(terminal, `    ${curlRecord({ address, prefix: http.apiRoutePrefix, service: 'db', table: 'contact', key: sampleKey })}`);
  }
  print(terminal);
  print(terminal, 'Ctrl-C stops.');
}
