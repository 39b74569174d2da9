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
  const answer =
    role === 'api' ? await answerOf(host, PORT || '8080', '/readyz') : await answerOf(host, DF_METRICS_PORT || '9464', '/livez');
  // An API worker has its metrics, and so a /livez, on the port where a job worker has its health.
  const isOfRole = answer?.role === role;
  if (isOfRole && answer.status === 200) return 0;
  note(terminal, isOfRole ? `headgate: the ${role} answers ${answer.status}` : `headgate: no ${role} answers`);
  return 1;
}

interface HealthAnswer {
  readonly status: number | undefined;
  readonly role: string | string[] | undefined;
}

function answerOf(host: string, port: string, path: string): Promise<HealthAnswer | undefined> {
  return new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, signal: AbortSignal.timeout(PATIENCE) }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, role: response.headers['x-headgate-role'] });
    });
    request.once('error', () => resolve(undefined));
  });
}
