import { installedServiceTypes } from '@headgate/api';
import { ConfigurationError } from '@headgate/core';
import { healthPort, startWorker } from '@headgate/worker';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { version } from '../configuration/version.js';
import { Failure } from '../failure.js';
import { databaseOptions } from '../system/database-options.js';
import { asFailures } from '../system/open-system.js';
import { listenFailure } from '../system/port.js';
import { untilStopped } from '../system/until-stopped.js';
import { note, print, type Terminal } from '../terminal/terminal.js';

export interface WorkerFlags extends ConfigurationFlags {
  readonly host?: string;
}

/** `headgate worker`: one job worker over a system database that `migrate` prepared. Resolves when it was stopped. */
export async function worker(terminal: Terminal, flags: WorkerFlags): Promise<void> {
  const { settings, warnings } = loadConfiguration(terminal, { command: 'worker', flags, commandLine: { HOST: flags.host } });
  for (const warning of warnings) note(terminal, `warning: ${warning}`);
  await asFailures(async () => {
    const running = await startWorker(settings, {
      databaseOptions: (log) => databaseOptions(settings, log),
      configOf: (log) => installedServiceTypes(settings, log).configOf,
      version: version(),
    }).catch((error: unknown) => {
      throw startFailure(error, settings.http.host, healthPort(settings));
    });
    const stopped = untilStopped();
    print(terminal, `The job worker runs; its health is on port ${running.port}`);
    await stopped;
    await running.close();
  });
}

function startFailure(error: unknown, host: string, port: number): unknown {
  if (error instanceof ConfigurationError) return new Failure(error.message);
  return listenFailure(error, host, port);
}
