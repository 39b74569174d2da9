import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { headgate, serve, temporaryFolder } from './command.js';

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('worker', () => {
  it('stays up without Redis, says so on its own port, and stops on SIGTERM', async () => {
    const port = await freePort();
    const redisPort = await freePort();
    const { stdout: key } = await headgate(['key']);
    const env = {
      APP_KEY: key.trim(),
      DF_DATA_DIR: temporaryFolder(),
      QUEUE_HOST: '127.0.0.1',
      QUEUE_PORT: String(redisPort),
      QUEUE_PASSWORD: 'queue-secret',
      DF_METRICS_PORT: String(port),
      LOG_CHANNEL: 'stderr',
    };
    expect((await headgate(['migrate'], { env })).code).toBe(0);
    const worker = await serve(['worker'], 'The job worker runs', { env });

    const live = await fetch(`http://127.0.0.1:${port}/livez`);
    expect([live.status, live.headers.get('x-headgate-role')]).toEqual([200, 'worker']);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'not ready', problems: ['the store of the queues does not answer'] });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('df_queue_connected 0');

    expect(await worker.signal('SIGTERM')).toBe(0);
    const { stdout, stderr } = worker.output();
    expect(stderr).toContain('the Redis of the queues does not answer');
    for (const secret of ['queue-secret', String(redisPort), '127.0.0.1']) expect(stdout + stderr).not.toContain(secret);
  });

  it('refuses a queue that needs no worker of its own, and says what to set', async () => {
    const { stdout: key } = await headgate(['key']);
    const { code, stderr } = await headgate(['worker'], {
      env: { APP_KEY: key.trim(), DF_DATA_DIR: temporaryFolder(), QUEUE_CONNECTION: 'sync' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('QUEUE_CONNECTION is "sync"');
    expect(stderr).toContain('set QUEUE_CONNECTION=redis and QUEUE_HOST');
  });
});
