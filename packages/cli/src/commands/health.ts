import { get } from 'node:http';
import { note, type Terminal } from '../terminal/terminal.js';

export const PROGRAM_ROLES = ['api', 'worker'] as const;

/** Less than what those who ask for the health of a container wait. */
const PATIENCE = 2500;

/**
 * `headgate health [api|worker]`: exit code 0 if what runs beside it in this container or on this machine should get work: an API worker that
 * is ready, a job worker that lives; else 1. It loads nothing more than this, so HOST, PORT and DF_METRICS_PORT count as the environment has them.
 */
export async function run(terminal: Terminal, [, role = 'api']: readonly string[]): Promise<number> {
  const { HOST, PORT, DF_METRICS_PORT } = terminal.env;
  const host = HOST === undefined || ['', '0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST;
  const status =
    role === 'api' ? await statusOf(host, PORT || '8080', '/readyz') : await statusOf(host, DF_METRICS_PORT || '9464', '/livez');
  if (status === 200) return 0;
  note(terminal, status === undefined ? `headgate: no ${role} answers` : `headgate: the ${role} answers ${status}`);
  return 1;
}

function statusOf(host: string, port: string, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, signal: AbortSignal.timeout(PATIENCE) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', () => resolve(undefined));
  });
}
