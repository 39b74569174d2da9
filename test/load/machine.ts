import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

/** The server that is measured has a core of its own; the database and the client share the other. */
export const SERVER_CORE = 0;
export const OTHER_CORE = 1;

/** Binds a process, and what it starts from now on, to one core. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', String(core), String(pid)], { stdio: 'ignore' });
}

/** Starts a Node program on the core of the server that is measured. */
export function startOnServerCore(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, ['--max-old-space-size=128', ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  pin(child.pid!, SERVER_CORE);
  return child;
}

/** Waits until a probe answers true; what it throws means not yet. */
export async function until(probe: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    if (await probe().catch(() => false)) return;
    if (performance.now() > end) throw new Error('the server did not become ready within 60 seconds');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
