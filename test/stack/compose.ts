import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../headgate.ts';

/**
 * The stack of `compose.yaml` as its users run it: the image built from this tree, a project of its own with a free port and a network of
 * its own. `sharedStack` is one for all files of a run; what stops servers or loses data starts its own with `startStack`.
 */

const ROOT = path.resolve(import.meta.dirname, '../..');

export const IMAGE = process.env.HEADGATE_TEST_IMAGE ?? 'headgate:test';
export const ADMIN = { email: 'admin@example.com', password: 'a-long-test-password' } as const;

export type ServiceName = 'api' | 'worker' | 'haproxy' | 'postgres' | 'redis-state' | 'redis-cache' | 'migrate' | 'secrets';

export interface StackOptions {
  /** Settings of Headgate, for `migrate`, `api` and `worker` alike. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many API workers; 3 without. */
  readonly workers?: number;
  readonly profiles?: readonly string[];
  /** Whether `ADMIN` is made at the start; true without. */
  readonly admin?: boolean;
  /** Further compose files of the repository. */
  readonly files?: readonly string[];
  /** What compose files ask of the environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Further services or changes to some, in the form of a compose file. */
  readonly overlay?: { readonly services: Readonly<Record<string, unknown>> };
}

/** What is needed to use a running stack from another process. */
export interface StackHandle {
  readonly project: string;
  readonly port: number;
  readonly host: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly profiles: readonly string[];
  readonly files: readonly string[];
}

export interface ContainerOfStack {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** In the network of balancer and workers; the machine that runs the tests reaches it. */
  readonly address: string;
  /** The API of this very container. */
  readonly origin: string;
  readonly isRunning: boolean;
  /** Of its process: another one after a restart. */
  readonly startedAt: string;
  /** Of what has ended. */
  readonly exitCode: number;
  /** Whether `startExtra` started it. */
  readonly isExtra: boolean;
}

/** One container more than the stack has. */
export interface ExtraOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Without: that of the stack. */
  readonly image?: string;
}

export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the balancer's statistics say of one server. */
export interface ServerStatistics {
  readonly name: string;
  readonly address: string;
  readonly status: string;
  /** Whether it gets its full share of calls: its slow start is over. */
  readonly isUp: boolean;
  /** Every column of HAProxy's CSV by its name. */
  readonly columns: Readonly<Record<string, string>>;
}

export class Stack {
  readonly handle: StackHandle;
  /** Through the balancer. */
  readonly origin: string;
  #token: Promise<string> | undefined;

  constructor(handle: StackHandle) {
    this.handle = handle;
    this.origin = `http://${handle.host}:${handle.port}`;
  }

  /** Runs `docker compose` on this stack; throws when it fails. Answers what it wrote to stdout. */
  async compose(...words: readonly string[]): Promise<string> {
    const done = await this.run(words);
    if (done.code !== 0) throw new Error(`docker compose ${words.join(' ')}: ${done.code}\n${done.stderr.slice(-4000)}`);
    return done.stdout;
  }

  run(words: readonly string[], input = ''): Promise<Executed> {
    return this.#command('docker', ['compose', ...words], input);
  }

  /** Runs a script of `deploy/` on this stack, with further variables. */
  script(name: string, environment: Readonly<Record<string, string>> = {}): Promise<Executed> {
    return this.#command(path.join(ROOT, 'deploy', name), [], '', environment);
  }

  /** Runs a command in a container of a service. */
  exec(service: ServiceName | (string & {}), words: readonly string[], { index = 1, input = '' } = {}): Promise<Executed> {
    return this.run(['exec', '-T', '--index', String(index), service, ...words], input);
  }

  /** So many containers of a service, without touching the others. Does not wait until they are ready. */
  async scale(service: ServiceName, count: number): Promise<void> {
    await this.compose('up', '-d', '--no-deps', '--no-recreate', '--scale', `${service}=${count}`, service);
  }

  /** The containers of a service, in the order of their numbers; those that have ended too, and no extra ones. */
  async containers(service: ServiceName | (string & {})): Promise<readonly ContainerOfStack[]> {
    const ids = (await this.compose('ps', '-a', '-q', service)).split('\n').filter((id) => id !== '');
    if (ids.length === 0) return [];
    const containers = await Promise.all(ids.map((id) => this.container(id)));
    return containers.filter(({ isExtra }) => !isExtra).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  /** A container as it is now, by its id or name. */
  async container(id: string): Promise<ContainerOfStack> {
    const [inspected]: Inspected[] = JSON.parse((await succeeding(docker(['inspect', id]))).stdout);
    if (inspected === undefined) throw new Error(`there is no container ${id}`);
    return this.#containerOf(inspected);
  }

  /** Starts one container of a service beside the others, found by the same name, which is not started again when it ends. `remove` it. */
  async startExtra(service: ServiceName, { environment = {}, image }: ExtraOptions = {}): Promise<ContainerOfStack> {
    const settings = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const words = ['compose', 'run', '-d', '--no-deps', '--use-aliases', ...settings, service];
    const started = await succeeding(this.#command('docker', words, '', image === undefined ? {} : { HEADGATE_IMAGE: image }));
    return this.container(started.stdout.trim());
  }

  async remove({ id }: ContainerOfStack): Promise<void> {
    await succeeding(docker(['rm', '-f', id]));
  }

  /** `docker pause`, `unpause`, `kill`, `stop`, `start`, `restart` of one container. */
  async control(action: 'pause' | 'unpause' | 'kill' | 'stop' | 'start' | 'restart', { id }: ContainerOfStack): Promise<void> {
    await succeeding(docker([action, id]));
  }

  /** Everything that the containers of a service, or of all, wrote. */
  async logs(...services: readonly string[]): Promise<string> {
    return this.compose('logs', '--no-color', ...services);
  }

  /** Everything that one container wrote. */
  logsOf({ id }: ContainerOfStack): Promise<Executed> {
    return succeeding(docker(['logs', id]));
  }

  /** The servers that the balancer knows, without the free places. */
  async statistics(): Promise<readonly ServerStatistics[]> {
    return (await this.#showStatistics(4)).filter(({ address }) => address !== '');
  }

  /** The sums over all workers, those that are gone included. */
  async backend(): Promise<readonly ServerStatistics[]> {
    return this.#showStatistics(2);
  }

  /** `kind`: 2 for backends, 4 for servers. */
  async #showStatistics(kind: 2 | 4): Promise<readonly ServerStatistics[]> {
    const { stdout } = await succeeding(this.exec('haproxy', ['/usr/local/etc/haproxy/ask', `show stat api ${kind} -1`]));
    const [head = '', ...lines] = stdout.trim().split('\n');
    const names = head.replace(/^# /, '').split(',');
    return lines
      .map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index] ?? '', value])))
      .map((columns) => ({
        name: columns.svname ?? '',
        address: columns.addr ?? '',
        status: columns.status ?? '',
        isUp: columns.status === 'UP' && ['', '100'].includes(columns.throttle ?? ''),
        columns,
      }));
  }

  /** Resolves when the balancer sends calls to exactly so many workers, all with their full share. */
  async untilBalancedOver(count: number, timeout = 60_000): Promise<void> {
    await until(
      async () => {
        const up = (await this.statistics()).filter(({ status }) => status === 'UP');
        return up.length === count && up.every(({ isUp }) => isUp);
      },
      `the balancer to have ${count} workers`,
      timeout,
    );
  }

  /** Calls the API as the administrator, through the balancer or at `origin`; throws when the status is 400 or more. */
  async admin<T = Record<string, unknown>>(method: string, target: string, body?: unknown, origin = this.origin): Promise<T> {
    this.#token ??= callApi<{ session_token: string }>(this.origin, 'POST', 'system/admin/session', ADMIN).then(
      ({ session_token }) => session_token,
    );
    return callApi(origin, method, target, body, { 'x-dreamfactory-session-token': await this.#token });
  }

  /** The key of the role that may read the service `sample` (profile `sample`). */
  async sampleKey(): Promise<string> {
    const { resource } = await this.admin<{ resource: { api_key: string }[] }>('GET', "system/app?filter=name='sample_app'");
    const key = resource[0]?.api_key;
    if (key === undefined) throw new Error('the stack has no service "sample"');
    return key;
  }

  /** Removes everything, volumes included. */
  async down(): Promise<void> {
    await this.compose('down', '-v', '--remove-orphans', '-t', '0');
    await rm(this.handle.folder, { recursive: true, force: true });
  }

  #command(program: string, words: readonly string[], input: string, further: Readonly<Record<string, string>> = {}): Promise<Executed> {
    const { project, folder, environment, profiles, files } = this.handle;
    return execute(program, words, {
      input,
      environment: {
        COMPOSE_PROJECT_NAME: project,
        COMPOSE_FILE: [...['compose.yaml', ...files].map((file) => path.join(ROOT, file)), path.join(folder, 'overlay.yaml')].join(
          path.delimiter,
        ),
        COMPOSE_ENV_FILES: '/dev/null',
        COMPOSE_PROFILES: profiles.join(','),
        ...environment,
        ...further,
      },
    });
  }

  #containerOf({ Id, Name, Config, State, NetworkSettings }: Inspected): ContainerOfStack {
    const address = NetworkSettings.Networks[`${this.handle.project}_edge`]?.IPAddress ?? '';
    const service = Config.Labels['com.docker.compose.service'] ?? '';
    return {
      id: Id,
      name: Name.replace(/^\//, ''),
      service,
      address,
      origin: `http://${address}:8080`,
      isRunning: State.Running,
      startedAt: State.StartedAt,
      exitCode: State.ExitCode,
      isExtra: Config.Labels['com.docker.compose.oneoff'] === 'True',
    };
  }
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Running: boolean; readonly StartedAt: string; readonly ExitCode: number };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

/** Starts a stack of its own and waits until the balancer sends calls to all its workers. The caller takes it `down`. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  await askBroker('image');
  return openStack(options);
}

/** The stack that all files of this run share, with the administrator `ADMIN`, three workers and the service `sample`: leave it as it was found. */
export async function sharedStack(): Promise<Stack> {
  return new Stack(JSON.parse(await askBroker('shared')));
}

/** As `startStack`, where the image is there. */
export async function openStack(options: StackOptions): Promise<Stack> {
  const { env = {}, workers = 3, profiles = [], files = [], variables = {}, admin = true, overlay } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'headgate-stack-'));
  const settings = { ...(admin && { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password }), ...env };
  await writeFile(path.join(folder, 'overlay.yaml'), overlayOf(settings, workers, overlay?.services ?? {}));
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const environment = {
      ...variables,
      HEADGATE_IMAGE: IMAGE,
      HEADGATE_PORT: String(port),
      HEADGATE_EDGE_NETWORK: `10.${randomInt(100, 250)}.${randomInt(0, 256)}`,
    };
    const project = `headgate-test-${randomBytes(4).toString('hex')}`;
    const stack = new Stack({ project, port, host: await containerHost(), folder, environment, profiles, files });
    try {
      await stack.compose('up', '-d', '--no-build');
      await stack.untilBalancedOver(workers);
      if (profiles.includes('sample')) await until(async () => (await stack.sampleKey()) !== '', 'the sample service');
      return stack;
    } catch (error) {
      const logs = (await stack.run(['logs', '--no-color', '--tail', '40'])).stdout;
      await stack.run(['down', '-v', '--remove-orphans', '-t', '0']);
      const isTaken = error instanceof Error && /Pool overlaps|port is already allocated/.test(error.message);
      if (isTaken && attempt < 5) continue;
      throw new Error(`the stack did not come up: ${error instanceof Error ? error.message : String(error)}\n${logs}`);
    }
  }
}

/** What a test changes in `compose.yaml`, itself a compose file. A `.env` beside it is not read. */
function overlayOf(settings: Readonly<Record<string, string>>, workers: number, services: Readonly<Record<string, unknown>>): string {
  const programs = ['migrate', 'api', 'worker'].map((name) => {
    const replicas = name === 'api' ? `\n    deploy: { replicas: ${workers} }` : '';
    return `  ${name}:\n    env_file: !reset []\n    environment: ${JSON.stringify(settings)}${replicas}`;
  });
  const others = Object.entries(services).map(([name, service]) => `  ${name}: ${JSON.stringify(service)}`);
  return `services:\n${[...programs, ...others].join('\n')}\n`;
}

/** Where published ports of containers are reached: not always this machine. */
async function containerHost(): Promise<string> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return (await getContainerRuntimeClient()).info.containerRuntime.host;
}

/** Builds the image from this tree. */
export async function buildImage(): Promise<void> {
  if (process.env.HEADGATE_TEST_IMAGE !== undefined) return;
  await succeeding(docker(['build', '-q', '-f', path.join(ROOT, 'deploy/Dockerfile'), '-t', IMAGE, ROOT]));
}

/** Asks the process of `setup.ts`, which does for all files of a run what is done once. */
async function askBroker(what: 'image' | 'shared'): Promise<string> {
  const broker = process.env.HEADGATE_TEST_STACK_BROKER;
  if (!broker) throw new Error('run tests by vitest: the setup of its project "stack" starts what they share');
  const answer = await fetch(`${broker}/${what}`, { method: 'POST' });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** Calls the API at an origin; throws when the status is 400 or more. */
export async function callApi<T = Record<string, unknown>>(
  origin: string,
  method: string,
  target: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const response = await fetch(`${origin}/api/v2/${target}`, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Looks again and again until it is so; errors count as "not yet". */
export async function until(isSo: () => Promise<boolean>, what: string, timeout = 30_000): Promise<void> {
  let failure: unknown;
  for (const deadline = performance.now() + timeout; performance.now() < deadline; await wait(200)) {
    try {
      if (await isSo()) return;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`waited ${timeout / 1000} s in vain for ${what}`, { cause: failure });
}

interface ExecuteOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs `docker` to its end. */
export const docker = (words: readonly string[], options: ExecuteOptions = {}): Promise<Executed> => execute('docker', words, options);

function execute(program: string, words: readonly string[], { environment = {}, input = '' }: ExecuteOptions): Promise<Executed> {
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const env = { PATH, HOME, ...(DOCKER_HOST !== undefined && { DOCKER_HOST }), ...environment };
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...words], { cwd: ROOT, env, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Throws where a command failed. */
export async function succeeding(executed: Promise<Executed>): Promise<Executed> {
  const done = await executed;
  if (done.code !== 0) throw new Error(`exit code ${done.code}: ${done.stderr.slice(-4000)}`);
  return done;
}
