import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '@headgate/core';

const noteOf = (settings: Settings): string => path.join(settings.app.dataDir, 'address');

/** The address under which a client on this machine reaches what listens on `host`. */
export function localAddress(host: string, port: number): string {
  const name = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Notes where `start` serves, for the commands that print addresses while it runs. */
export function noteServedAddress(settings: Settings, address: string): void {
  writeFileSync(noteOf(settings), `${address}\n`);
}

export function forgetServedAddress(settings: Settings): void {
  rmSync(noteOf(settings), { force: true });
}

/** Where this installation is reached: as `HEADGATE_ADDRESS` says, as `start` noted, else where it is told to listen. */
export function servedAddress(settings: Settings): string {
  if (settings.app.address !== undefined) return settings.app.address;
  try {
    return readFileSync(noteOf(settings), 'utf8').trim();
  } catch {
    return localAddress(settings.http.host, settings.http.port);
  }
}
