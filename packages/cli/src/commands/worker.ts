import { installedServiceTypes } from '@headgate/api';
import { ConfigurationError, type Settings } from '@headgate/core';
import { healthPort, startWorker, type WorkerParts } from '@headgate/worker';
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
    const stopped = untilStopped();
    const stopping = new AbortController();
    void stopped.then(() => stopping.abort());
    const parts: WorkerParts = {
      databaseOptions: (log) => databaseOptions(settings, log),
      configOf: (log) => installedServiceTypes(settings, log).configOf,
      version: version(),
    };
    const running = await startWorker(settings, parts, { signal: stopping.signal }).catch((error: unknown) => {
      if (stopping.signal.aborted) return undefined;
      throw startFailure(error, settings);
    });
    if (running === undefined) return;
    print(terminal, `The job worker runs; its health is on port ${running.port}`);
    await stopped;
    await running.close();
  });
}

function startFailure(error: unknown, settings: Settings): unknown {
  if (error instanceof ConfigurationError) return new Failure(error.message);
  return listenFailure(error, settings.http.host, healthPort(settings));
}
