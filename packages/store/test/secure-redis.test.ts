import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '@headgate/core';
import type { StartedTestContainer } from 'testcontainers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStores, type Stores, storeSettings } from '../src/index.ts';
import { passes, RecordedLog, until } from './backend.ts';

const PASSWORD = 'a-secret-of-redis';
const hasDocker =
  process.env.CI !== undefined ||
  (await import('testcontainers')).getContainerRuntimeClient().then(
    () => true,
    () => false,
  );

/** One container with a Redis with TLS and users, a plain one, and a Sentinel that watches the plain one. */
describe.runIf(await hasDocker)('Redis as operators secure it', () => {
  let container: StartedTestContainer;
  let folder: string;
  let caFile: string;
  let stores: Stores | undefined;
  const log = new RecordedLog();

  const run = async (script: string): Promise<string> => {
    const { exitCode, output } = await container.exec(['sh', '-ec', `cd /tmp; ${script}`]);
    if (exitCode !== 0) throw new Error(output);
    return output;
  };
  beforeAll(async () => {
    const { GenericContainer, Wait } = await import('testcontainers');
    container = await new GenericContainer('redis:8')
      .withEntrypoint(['sh', '-c'])
      .withCommand(['echo started; exec sleep infinity'])
      .withWaitStrategy(Wait.forLogMessage('started'))
      .withExposedPorts(6379, 6380, 26_379)
      .start();
    const host = container.getHost();
    const name = isIP(host) ? `IP:${host}` : `DNS:${host}`;
    await run(`openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem 2>&1
      openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout redis.key -out redis.csr 2>&1
      echo subjectAltName=${name} > names
      openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out redis.pem 2>&1
      printf 'port 0\\ntls-port 6380\\ntls-cert-file redis.pem\\ntls-key-file redis.key\\ntls-ca-cert-file ca.pem\\ntls-auth-clients no\\nprotected-mode no\\ndaemonize yes\\nuser default off\\nuser headgate on >${PASSWORD} ~* &* +@all\\n' > tls.conf
      redis-server tls.conf
      redis-server --port 6379 --protected-mode no --daemonize yes --requirepass ${PASSWORD}`);
    folder = await mkdtemp(join(tmpdir(), 'headgate-redis-'));
    caFile = join(folder, 'ca.pem');
    await writeFile(caFile, await run('cat ca.pem'));
    // The Sentinel names the primary to its clients: by an address that holds from both sides.
    const route = (await run('cat /proc/net/route')).split('\n').map((line) => line.split('\t'));
    const gateway = route.find(([, destination]) => destination === '00000000')?.[2] ?? '';
    const address = (gateway.match(/../g) ?? [])
      .reverse()
      .map((part) => Number.parseInt(part, 16))
      .join('.');
    await run(`printf 'port 26379\\nprotected-mode no\\ndaemonize yes\\nsentinel monitor state ${address} ${container.getMappedPort(6379)} 1\\nsentinel auth-pass state ${PASSWORD}\\n' > sentinel.conf
      redis-server sentinel.conf --sentinel`);
  });
  afterEach(async () => {
    await stores?.close();
    stores = undefined;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await container?.stop();
  });

  const open = async (env: Readonly<Record<string, string>>): Promise<Stores> => {
    const { settings } = loadSettings({
      env: { CACHE_STORE: 'redis', LIMIT_CACHE_DRIVER: 'redis', ...env },
      readFile: () => '',
      baseDirectory: folder,
    });
    stores = await openStores(storeSettings(settings), log);
    return stores;
  };
  const url = (password: string) => `rediss://headgate:${password}@${container.getHost()}:${container.getMappedPort(6380)}`;
  const expectAllServe = async ({ cache, counters, lock, bus }: Stores) => {
    await until(() => passes(() => cache.set('x', Buffer.from('y'), 60_000)));
    await until(() => passes(() => counters.peek(['x'])));
    await until(() => passes(() => lock.tryAcquire('x', 10)));
    await until(() => bus.isConnected);
    expect((await cache.get('x'))?.toString()).toBe('y');
  };

  it('serves over TLS, by its address with a user, its certificate verified by the given authority', async () => {
    const opened = await open({ REDIS_URL: url(PASSWORD), REDIS_SSL_CA: caFile });
    await expectAllServe(opened);
    expect(opened.health().map(({ driver, state }) => [driver, state])).toEqual(Array(4).fill(['redis', 'connected']));
  });

  it.each([
    ['a certificate of an unknown authority', () => ({ REDIS_URL: url(PASSWORD) }), 'tls'],
    ['a wrong password', () => ({ REDIS_URL: url('wrong'), REDIS_SSL_CA: caFile }), 'authentication'],
  ])('is not used with %s; what is told of it names neither address nor user', async (_what, env, trouble) => {
    const opened = await open(env());
    await until(() => opened.health().every(({ lastError }) => lastError === trouble));
    expect(await passes(() => opened.cache.get('x'))).toBe(false);
    const told = JSON.stringify([opened.health(), log.lines]);
    for (const secret of [PASSWORD, 'wrong', 'headgate:', container.getHost(), String(container.getMappedPort(6380))]) {
      expect(told).not.toContain(secret);
    }
  });

  it('is found by Sentinel', async () => {
    await expectAllServe(
      await open({
        REDIS_SENTINEL_HOST: container.getHost(),
        REDIS_SENTINEL_PORT: String(container.getMappedPort(26_379)),
        REDIS_SENTINEL_MASTER: 'state',
        REDIS_PASSWORD: PASSWORD,
      }),
    );
  });

  it('is missed where Sentinel knows no primary of that name', async () => {
    const opened = await open({
      REDIS_SENTINEL_HOST: container.getHost(),
      REDIS_SENTINEL_PORT: String(container.getMappedPort(26_379)),
      REDIS_SENTINEL_MASTER: 'unknown',
    });
    await until(() => opened.health().every(({ lastError }) => lastError === 'no primary'));
  });
});
