import { createServer } from 'node:net';
import { Failure } from '../failure.js';

const CAUSES: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (_host, port) => `port ${port} is taken: stop what listens there, or choose another with --port (--port 0 takes a free one)`,
  EACCES: (_host, port) => `port ${port} may not be used by this user: choose one above 1023 with --port`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine: choose another with --host`,
  ENOTFOUND: (host) => `the host ${host} is not known: choose another with --host`,
};

/** Turns what listening refuses into a failure that says what to do; other errors stay as they are. */
export function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const cause = CAUSES[code];
  return cause ? new Failure(cause(host, port)) : error;
}

/** Throws `Failure` where nothing can listen there: before anything is made that a second start would only confuse. */
export async function checkPort(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw listenFailure(error, host, port);
  }
  await new Promise((resolve) => probe.close(resolve));
}
