import { existsSync } from 'node:fs';
import { EgressRefused, HeadgateError, type LoadedSettings, type Logger, type Settings, systemDatabaseTarget } from '@headgate/core';
import { BadKey, ForeignInstallation, openSystemDatabase, type SystemDatabase, UnfitSchema, waitForSchema } from '@headgate/system-db';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';
import { databaseOptions } from './database-options.js';

export interface OpenSystem {
  readonly db: SystemDatabase;
  readonly settings: Settings;
  readonly log: Logger;
}

/** Opens the system database of an installation that exists, lets `work` use it, and closes it. */
export async function withSystem<R>(
  terminal: Terminal,
  command: string,
  flags: ConfigurationFlags,
  work: (system: OpenSystem) => Promise<R>,
): Promise<R> {
  const loaded: LoadedSettings = loadConfiguration(terminal, { command, flags });
  const { settings } = loaded;
  const target = systemDatabaseTarget(settings);
  if (target.dialect === 'sqlite' && !existsSync(target.file)) {
    throw new Failure(`there is no system database at ${target.file}: run "headgate start" first, or name its data folder with --data`);
  }
  const log = terminalLog(terminal);
  return asFailures(async () => {
    const options = databaseOptions(settings, log);
    await waitForSchema(options, { patience: 0 });
    const db = await openSystemDatabase(options);
    try {
      return await work({ db, settings, log });
    } finally {
      await db.close();
    }
  });
}

/** What an operator can mend is a failure with its message; the rest is thrown on. */
export async function asFailures<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HeadgateError) throw new Failure([error.message, error.hint ?? adviceFor(error)].filter(Boolean).join(' '));
    if (error instanceof BadKey || error instanceof ForeignInstallation || error instanceof UnfitSchema) throw new Failure(error.message);
    throw error;
  }
}

/** What only the operator can do about it. */
function adviceFor(error: HeadgateError): string | undefined {
  return error.is(EgressRefused)
    ? 'Name the address in DF_EGRESS_ALLOW to allow them (link-local and metadata addresses stay refused).'
    : undefined;
}
