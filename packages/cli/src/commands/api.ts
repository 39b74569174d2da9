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
    const running = await startApi(settings).catch((error: unknown) => {
      throw listenFailure(error, host, port);
    });
    const stopped = untilStopped();
    print(terminal, `Headgate serves ${localAddress(host, running.port)}/${settings.http.apiRoutePrefix}/v2`);
    await stopped;
    await running.close();
  });
}
