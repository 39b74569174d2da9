import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { type Running, serve, temporaryFolder } from './command.js';

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

interface Started extends Running {
  readonly port: number;
}

async function start(env: Record<string, string>): Promise<Started> {
  const running = await serve(['start', '--port', '0', '--data', temporaryFolder()], 'Ctrl-C stops.', { env });
  const port = Number(/localhost:(\d+)/.exec(running.stdout)?.[1]);
  return { ...running, port };
}

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly text: string;
}

/** A call whose body is sent when the test says so: it is in flight until then. */
function slowCall(port: number): { readonly answer: Promise<Answer>; finish(): void } {
  const call = request({
    port,
    method: 'POST',
    path: '/api/v2/system/admin/session',
    headers: { 'content-type': 'application/json' },
    agent: false,
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.once('end', () => resolve({ status: response.statusCode, connection: response.headers.connection, text }));
    });
  });
  call.write('{"email": "nobody@example.com", ');
  return { answer, finish: () => call.end('"password": "x"}') };
}

const get = (port: number, target: string) =>
  fetch(`http://127.0.0.1:${port}${target}`).then(
    (response) => ({ status: response.status, connection: response.headers.get('connection') }),
    () => undefined,
  );

async function untilReadiness(port: number, status: number | undefined): Promise<void> {
  await expect.poll(async () => (await get(port, '/readyz'))?.status, { timeout: 10_000, interval: 20 }).toBe(status);
}

describe('SIGTERM', () => {
  it('finishes calls in flight, serves on while it drains, and ends with 0', async () => {
    const running = await start({ DF_DRAIN_SECONDS: '1' });
    const early = slowCall(running.port);
    await untilReadiness(running.port, 200);
    const ended = running.signal('SIGTERM');
    await untilReadiness(running.port, 503);
    expect(await get(running.port, '/livez')).toEqual({ status: 200, connection: 'close' });
    expect(await get(running.port, '/api/v2')).toEqual({ status: 200, connection: 'close' });
    const late = slowCall(running.port);
    // The drain is over: no new connections, but the calls are still there.
    await untilReadiness(running.port, undefined);
    for (const call of [early, late]) {
      call.finish();
      expect(await call.answer).toMatchObject({ status: 401, connection: 'close' });
    }
    expect(await ended).toBe(0);
    expect(running.output().stderr).toBe('');
  });

  it('does not wait for a connection on which nothing runs', async () => {
    const running = await start({ DF_DRAIN_SECONDS: '0', DF_SHUTDOWN_SECONDS: '60' });
    const socket = connect(running.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await answered;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const started = performance.now();
    expect(await running.signal('SIGTERM')).toBe(0);
    await closed;
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('answers 503 to what is not done when its patience ends', async () => {
    const running = await start({ DF_DRAIN_SECONDS: '0', DF_SHUTDOWN_SECONDS: '0.5' });
    const call = slowCall(running.port);
    await untilReadiness(running.port, 200);
    const ended = running.signal('SIGTERM');
    const { status, connection, text } = await call.answer;
    expect({ status, connection }).toEqual({ status: 503, connection: 'close' });
    expect(JSON.parse(text)).toMatchObject({ error: { code: 503, reason: 'worker_stopped' } });
    expect(await ended).toBe(0);
  });

  it('ends at once at the second signal', async () => {
    const running = await start({ DF_DRAIN_SECONDS: '60' });
    const ended = running.signal('SIGTERM');
    await untilReadiness(running.port, 503);
    expect(await running.signal('SIGTERM')).toBe(1);
    expect(await ended).toBe(1);
  });
});
