import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Headgate as its users run it: the built program, in a process and a data folder of its own. */

const ROOT = path.resolve(import.meta.dirname, '..');
const PROGRAM = path.join(ROOT, 'packages/cli/dist/main.js');

export const ADMIN = { email: 'admin@example.com', password: 'a-long-test-password' } as const;

export interface RunningHeadgate {
  readonly origin: string;
  readonly dataFolder: string;
  readonly process: ChildProcess;
  /** Everything written to stdout and stderr so far. */
  output(): string;
  /** Calls the API as the administrator and answers the parsed body; throws when the status is 400 or more. */
  admin<T = Record<string, unknown>>(method: string, target: string, body?: unknown): Promise<T>;
  /** The session token of the administrator. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** `start` without. */
  readonly command?: 'start' | 'cluster';
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** Starts `headgate start` (or `cluster`) with the administrator `ADMIN` and waits until it serves. */
export async function startHeadgate({ env = {}, args = [], command = 'start' }: StartOptions = {}): Promise<RunningHeadgate> {
  if (!existsSync(PROGRAM)) throw new Error('build first: npm run build');
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'headgate-test-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [PROGRAM, command, '--port', String(port), '--data', dataFolder, ...args], {
    cwd: dataFolder,
    env: {
      PATH: process.env.PATH,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      DF_EGRESS_ALLOW: 'loopback,private',
      DF_DRAIN_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await untilReady(origin, child, () => output);

  let token: Promise<string> | undefined;
  const logIn = async (): Promise<string> => {
    const answer = await call<{ session_token: string }>(origin, 'POST', 'system/admin/session', ADMIN);
    return answer.session_token;
  };
  const tokenOfAdmin = (): Promise<string> => {
    token ??= logIn();
    return token;
  };
  return {
    origin,
    dataFolder,
    process: child,
    output: () => output,
    token: tokenOfAdmin,
    admin: async (method, target, body) => call(origin, method, target, body, await tokenOfAdmin()),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function call<T>(origin: string, method: string, target: string, body?: unknown, token?: string): Promise<T> {
  const response = await fetch(`${origin}/api/v2/${target}`, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...(token && { 'x-dreamfactory-session-token': token }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function untilReady(origin: string, child: ChildProcess, output: () => string): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`Headgate ended with ${child.exitCode}:\n${output()}`);
    const ready = await fetch(`${origin}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`Headgate was not ready within 30 seconds:\n${output()}`);
}
