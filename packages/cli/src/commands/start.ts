import { type RunningApi, startApi } from '@headgate/api';
import type { Settings } from '@headgate/core';
import { configureServing, prepareServing, type ServeFlags, welcome } from '../system/first-start.js';
import { asFailures } from '../system/open-system.js';
import { checkPort, listenFailure } from '../system/port.js';
import { forgetServedAddress, localAddress, noteServedAddress } from '../system/served-address.js';
import { untilStopped } from '../system/until-stopped.js';
import { note, type Terminal } from '../terminal/terminal.js';

/** `headgate start`: everything on one machine, in one process. Resolves when it was stopped. */
export async function start(terminal: Terminal, flags: ServeFlags): Promise<void> {
  const { settings, warnings, madeKey } = configureServing(terminal, 'start', flags);
  for (const warning of warnings) note(terminal, `warning: ${warning}`);
  const { host, port } = settings.http;
  await checkPort(host, port);
  await asFailures(async () => {
    const firstRun = await prepareServing(terminal, settings, flags);
    const api = await listen(settings);
    const address = localAddress(host, api.port);
    noteServedAddress(settings, address);
    const stopped = untilStopped();
    welcome(terminal, { settings, address, madeKey, ...firstRun });
    await stopped;
    forgetServedAddress(settings);
    await api.close();
  });
}

async function listen(settings: Settings): Promise<RunningApi> {
  try {
    return await startApi(settings);
  } catch (error) {
    throw listenFailure(error, settings.http.host, settings.http.port);
  }
}
