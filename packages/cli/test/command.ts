import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** The built command, as its users run it. */

const PROGRAM = path.resolve(import.meta.dirname, '../dist/main.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly workingDirectory?: string;
}

/** A folder with a blank in its name that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headgate cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function launch(words: readonly string[], { env = {}, workingDirectory }: CommandOptions): ChildProcess {
  if (!existsSync(PROGRAM)) throw new Error('build first: npm run build');
  // An empty file instead of a .env that may lie beside the command.
  const configured =
    words[0] === 'test' || words.some((word) => word.startsWith('--settings')) || words.includes('--help')
      ? []
      : ['--settings', '/dev/null'];
  return spawn(process.execPath, [PROGRAM, ...words, ...(KNOWN.has(words[0] ?? '') ? configured : [])], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    cwd: workingDirectory,
    stdio: 'pipe',
  });
}

const KNOWN = new Set([
  'start',
  'cluster',
  'api',
  'worker',
  'migrate',
  'setup',
  'password',
  'key',
  'config',
  'connect',
  'backup',
  'restore',
  'doctor',
]);

/** Runs a command to its end. */
export async function headgate(words: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const child = launch(words, options);
  const output = collect(child);
  child.stdin?.end(options.input ?? '');
  const code = await ended(child);
  return { code, ...output() };
}

export interface Running {
  /** What it printed until it was ready. */
  readonly stdout: string;
  /** Everything written so far. */
  output(): { stdout: string; stderr: string };
  signal(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a command that serves, waits for the line that says it is ready, and ends it after the test. */
export async function serve(words: readonly string[], ready: string, options: CommandOptions = {}): Promise<Running> {
  const child = launch(words, options);
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const end = ended(child);
    child.kill('SIGKILL');
    await end;
  });
  const output = collect(child);
  const exit = ended(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (output().stdout.includes(ready)) resolve();
    });
    exit.then(() => reject(new Error(`ended before "${ready}":\n${output().stdout}${output().stderr}`)), reject);
  });
  return {
    stdout: output().stdout,
    output,
    async signal(signal) {
      child.kill(signal);
      return exit;
    },
  };
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return () => ({ stdout, stderr });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
