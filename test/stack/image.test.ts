import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildImage, docker, type Executed, IMAGE, succeeding, until } from './compose.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HARDENED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'];

/** Prints `name@version` of every package that is installed. */
const LIST_PACKAGES = `
  const { globSync, readFileSync } = require('node:fs');
  for (const file of globSync('**/node_modules/{[!@.]*,@*/*}/package.json')) {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
    if (name && version) console.log(name + '@' + version);
  }`;

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly components?: readonly Component[];
}

/** Starts a container of the image, without a command where none is given; it is removed after the test. */
async function run(options: readonly string[], words: readonly string[] = []): Promise<string> {
  const id = (await succeeding(docker(['run', '-d', ...HARDENED, ...options, IMAGE, ...words]))).stdout.trim();
  onTestFinished(async () => void (await docker(['rm', '-f', '-v', id])));
  return id;
}

const exec = (id: string, ...words: readonly string[]): Promise<Executed> => docker(['exec', id, ...words]);
const inspect = async (format: string, id: string) => (await succeeding(docker(['inspect', '--format', format, id]))).stdout.trim();
const isServing = (id: string) => until(async () => (await exec(id, '/app/headgate', 'health')).code === 0, 'the container to serve');

beforeAll(buildImage);

describe('the image', () => {
  let id = '';
  beforeAll(async () => {
    id = (await succeeding(docker(['run', '-d', ...HARDENED, IMAGE]))).stdout.trim();
    await isServing(id);
  });
  afterAll(() => docker(['rm', '-f', '-v', id]));

  it('serves like start without a command, on a read-only root file system', async () => {
    const { stdout } = await docker(['logs', id]);
    expect(stdout).toContain('Headgate serves http://localhost:8080');
    expect(stdout).toContain('/setup#');
    expect((await exec(id, 'sh', '-c', 'touch /app/x')).stderr).toContain('Read-only file system');
    expect(await inspect('{{.HostConfig.ReadonlyRootfs}}', id)).toBe('true');
  });

  it('runs as a user that is not root', async () => {
    expect((await exec(id, 'id', '-u')).stdout.trim()).toBe('1000');
    const owned = await exec(id, 'sh', '-c', 'find /app -user node -o -perm -o+w ! -type l | head -n 5');
    expect(owned.stdout).toBe('');
  });

  it('answers its health check', async () => {
    await until(async () => (await inspect('{{.State.Health.Status}}', id)) === 'healthy', 'the engine to call it healthy');
    expect((await exec(id, '/app/headgate', 'health', 'worker')).code).toBe(1);
  });

  it('has neither npm nor development dependencies', async () => {
    for (const command of ['npm', 'npx', 'corepack', 'yarn', 'tsc'])
      expect((await exec(id, 'sh', '-c', `command -v ${command}`)).code).not.toBe(0);
    const { devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const installed = (await exec(id, 'sh', '-c', 'cd node_modules && ls -d * @*/*')).stdout.split('\n');
    // Types alone may be there as dependencies of dependencies.
    for (const name of Object.keys(devDependencies).filter((name) => !name.startsWith('@types/') && name !== 'yaml'))
      expect(installed).not.toContain(name);
    expect((await exec(id, 'sh', '-c', 'find packages -name "*.ts" -o -name "*.test.js" | grep -v node_modules')).stdout).toBe('');
  });

  it('adds less than 250 MB to its base', async () => {
    const size = async (name: string) => Number(await inspect('{{.Size}}', name));
    const base = /^ARG BASE=(\S+)$/m.exec(readFileSync(path.join(ROOT, 'deploy/Dockerfile'), 'utf8'))?.[1] ?? '';
    const own = (await size(IMAGE)) - (await size(base));
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThan(250e6);
  });

  it('brings the bill of materials of what it holds', async () => {
    const bill = JSON.parse((await exec(id, 'cat', '/app/sbom.json')).stdout);
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'headgate' } } });
    const listed = new Set<string>();
    const list = (components: readonly Component[]) => {
      for (const { group, name, version, components: inner } of components) {
        listed.add(`${group === undefined ? '' : `${group}/`}${name}@${version}`);
        list(inner ?? []);
      }
    };
    list(bill.components);
    const installed = (await succeeding(exec(id, 'node', '-e', LIST_PACKAGES))).stdout.trim().split('\n');
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter((name) => !listed.has(name))).toEqual([]);
  });

  it('bounds the heap by the memory of the container', async () => {
    const limited = await run(['-m', '256m', '--entrypoint', '/bin/sh'], ['-c', 'sleep 60']);
    const source = "require('node:v8').getHeapStatistics().heap_size_limit / 2 ** 20";
    const flags = (await exec(limited, 'grep', '-o', '\\--max[a-z-]*=[0-9]*', '/app/headgate')).stdout.trim().split('\n');
    expect(flags).toContain('--max-semi-space-size=8');
    const { stdout } = await exec(limited, 'node', ...flags, '-p', source);
    // Three quarters of it, and the young generation.
    expect(Number(stdout)).toBeGreaterThan(192);
    expect(Number(stdout)).toBeLessThan(192 + 32);
  });

  it('is not made for one kind of processor', () => {
    const dockerfile = readFileSync(path.join(ROOT, 'deploy/Dockerfile'), 'utf8');
    expect(dockerfile).not.toMatch(/amd64|x86_64|linux-x64|arm64|--platform/);
  });
});

describe('process 1 of the container', () => {
  it('passes SIGTERM on: what is served ends in order', async () => {
    const id = await run([]);
    await isServing(id);
    const started = performance.now();
    await succeeding(docker(['stop', '-t', '20', id]));
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await inspect('{{.State.ExitCode}}', id)).toBe('0');
  });

  it('reaps orphans', async () => {
    const id = await run([]);
    await isServing(id);
    // A process whose parent ends before it does falls to process 1.
    await exec(id, 'sh', '-c', '(sh -c "exec sleep 0.3" &)');
    const read = async (files: string) => (await exec(id, 'sh', '-c', `cat ${files}`)).stdout;
    await until(async () => !/^sleep$/m.test(await read('/proc/[0-9]*/comm')), 'the orphan to be gone');
    expect(await read('/proc/[0-9]*/status')).not.toMatch(/^State:\s+Z/m);
  });
});
