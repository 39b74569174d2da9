import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { headgate } from './command.js';

/** A server that says its role, and answers one path with 200 and all others with 503. */
async function answering(path: string, role: 'api' | 'worker'): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('X-Headgate-Role', role);
    response.statusCode = request.url === path ? 200 : 503;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

describe('health', () => {
  it('succeeds where an API worker is ready', async () => {
    const env = { HOST: '0.0.0.0', PORT: await answering('/readyz', 'api') };
    expect(await headgate(['health'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await headgate(['health', 'api'], { env })).toMatchObject({ code: 0 });
  });

  it('succeeds where a job worker lives', async () => {
    const env = { DF_METRICS_PORT: await answering('/livez', 'worker') };
    expect(await headgate(['health', 'worker'], { env })).toMatchObject({ code: 0 });
  });

  it('takes no API worker for a job worker, though its metrics are where that has its health', async () => {
    const env = { DF_METRICS_PORT: await answering('/livez', 'api') };
    expect(await headgate(['health', 'worker'], { env })).toMatchObject({ code: 1, stderr: 'headgate: no worker answers\n' });
  });

  it('fails where it is not ready, and where nothing answers', async () => {
    const port = await answering('/nothing', 'api');
    expect(await headgate(['health'], { env: { PORT: port } })).toMatchObject({ code: 1, stderr: 'headgate: the api answers 503\n' });
    expect(await headgate(['health', 'worker'], { env: { DF_METRICS_PORT: '1' } })).toMatchObject({
      code: 1,
      stderr: 'headgate: no worker answers\n',
    });
  });
});
