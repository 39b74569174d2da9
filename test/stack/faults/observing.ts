import { type ContainerOfStack, type Stack, succeeding, until } from '../compose.ts';
import { type ClosedLoop, type ClosedLoopOptions, startClosedLoop } from './closed-loop.ts';

/** What tests of failures look at: readiness, metrics and log of one container. */

export interface Readiness {
  readonly status: number;
  readonly problems: readonly string[];
}

/** `/readyz` of this very container. */
export async function readiness(container: ContainerOfStack): Promise<Readiness> {
  const port = container.service === 'worker' ? 9464 : 8080;
  const answer = await fetch(`http://${container.address}:${port}/readyz`);
  const { problems = [] } = (await answer.json()) as { problems?: string[] };
  return { status: answer.status, problems };
}

/** Resolves when all of them say so, with the milliseconds from `since` on. */
export async function untilReadiness(containers: readonly ContainerOfStack[], problems: readonly string[], since: number): Promise<number> {
  const wanted = JSON.stringify({ status: problems.length === 0 ? 200 : 503, problems });
  await until(
    async () => (await Promise.all(containers.map(readiness))).every((seen) => JSON.stringify(seen) === wanted),
    `/readyz to be ${wanted} at ${containers.map(({ name }) => name).join(', ')}`,
  );
  return performance.now() - since;
}

/** The value of a metric of this very container; `labels` as they are written. NaN where there is none. */
export async function metric({ address }: ContainerOfStack, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`http://${address}:9464/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}${labels && `{${labels}}`} `));
  return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1));
}

export function untilMetric(containers: readonly ContainerOfStack[], name: string, labels: string, value: number): Promise<void> {
  return until(
    async () => (await Promise.all(containers.map((container) => metric(container, name, labels)))).every((seen) => seen === value),
    `${name}{${labels}} to be ${value}`,
  );
}

/** The lines of a container's log that hold a text. */
export async function linesWith(stack: Stack, container: ContainerOfStack, text: string): Promise<readonly string[]> {
  const { stdout, stderr } = await stack.logsOf(container);
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line.includes(text));
}

/** The PostgreSQL of the system database takes connections. */
export async function untilPostgresAnswers(stack: Stack): Promise<void> {
  await succeeding(stack.exec('postgres', ['sh', '-c', 'until pg_isready -q -h 127.0.0.1 -U headgate -d headgate; do sleep 0.05; done']));
}

/** Reads the contacts of the sample through the balancer. */
export async function readContacts(stack: Stack, options: Partial<ClosedLoopOptions> = {}): Promise<ClosedLoop> {
  const headers = { 'x-dreamfactory-api-key': await stack.sampleKey() };
  return startClosedLoop({ origin: stack.origin, target: 'api/v2/sample/_table/contact?limit=5&order=id', headers, ...options });
}

/** Same containers, same processes. */
export async function processesOf(stack: Stack, ...services: readonly ('api' | 'worker')[]): Promise<readonly string[]> {
  const containers = await Promise.all(services.map((service) => stack.containers(service)));
  return containers.flat().map(({ name, startedAt }) => `${name} since ${startedAt}`);
}

/** What the driver of `test/cluster` changes and reads: a service over the sample's database. */
export async function sampleService(stack: Stack) {
  const { stdout } = await succeeding(stack.exec('sample-postgres', ['cat', '/run/secrets/password']));
  return {
    type: 'pgsql',
    config: { host: 'sample-postgres', port: 5432, database: 'sample', username: 'sample', password: stdout.trim() },
    table: 'company',
    column: 'city',
    values: ['Leeds', 'Jena'],
  } as const;
}
