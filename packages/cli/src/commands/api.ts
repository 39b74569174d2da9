import { startApi } from '@headgate/api';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { asFailures } from '../system/open-system.js';
import { listenFailure } from '../system/port.js';
import { localAddress } from '../system/served-address.js';
import { untilStopped } from '../system/until-stopped.js';
import { note, print, type Terminal } from '../terminal/terminal.js';

export interface ApiFlags extends ConfigurationFlags {
  readonly port?: string;
  readonly host?: string;
}

/** `headgate api`: one API process over a system database that `migrate` prepared. Resolves when it was stopped. */
export async function api(terminal: Terminal, flags: ApiFlags): Promise<void> {
  const { settings, warnings } = loadConfiguration(terminal, {
    command: 'api',
    flags,
    commandLine: { PORT: flags.port, HOST: flags.host },
  });
  for (const warning of warnings) note(terminal, `warning: ${warning}`);
  if (settings.app.key === undefined) throw new Failure('no APP_KEY is configured: every API process needs the key of the installation');
  const { host, port } = settings.http;
  await asFailures(async () => {
    // Asked to stop from the very start: a worker may wait for its system database, and process 1 of a container has no other way to end.
    const stopped = untilStopped();
    const stopping = new AbortController();
    void stopped.then(() => stopping.abort());
    const running = await startApi(settings, { signal: stopping.signal }).catch((error: unknown) => {
      if (stopping.signal.aborted) return undefined;
      throw listenFailure(error, host, port);
    });
    if (running === undefined) return;
    print(terminal, `Headgate serves ${localAddress(host, running.port)}/${settings.http.apiRoutePrefix}/v2`);
    await stopped;
    await running.close();
  });
}
