import { request } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMetrics, DurationHistogram, EventLoopDelay, gauge, mergeSnapshots, processMetrics, serveMetrics } from '../src/index.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function served(options: Partial<Parameters<typeof serveMetrics>[1]> = {}, metrics = createMetrics()) {
  const server = await serveMetrics(metrics, { host: '127.0.0.1', port: 0, ...options });
  opened.push(server);
  return { metrics, server, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init) };
}

function withHost(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/metrics', headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('the metrics of a process', () => {
  it('are written in the format of Prometheus, labels escaped', async () => {
    const metrics = createMetrics();
    metrics.add({ name: 'calls_total', help: 'Calls.', type: 'counter', read: () => [{ labels: { app: 'a"b\n' }, value: 3 }] });
    expect(await metrics.text()).toBe('# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{app="a\\"b\\n"} 3\n');
  });

  it('are read when they are asked for, not before', async () => {
    const read = vi.fn(() => [{ value: 1 }]);
    const metrics = createMetrics();
    metrics.add({ name: 'a', help: 'A.', type: 'gauge', read });
    expect(read).not.toHaveBeenCalled();
    await metrics.text();
    expect(read).toHaveBeenCalledOnce();
  });

  it('go on without one that fails', async () => {
    const metrics = createMetrics();
    metrics.add(
      gauge('broken', 'Broken.', () => {
        throw new Error('no value');
      }),
      gauge('whole', 'Whole.', () => 7),
    );
    expect(await metrics.text()).toContain('whole 7');
  });

  it('refuse two metrics of one name, but not in two registries', () => {
    const metrics = createMetrics();
    metrics.add(gauge('a', 'A.', () => 1));
    expect(() => metrics.add(gauge('a', 'A.', () => 1))).toThrow('a');
    expect(() => createMetrics().add(gauge('a', 'A.', () => 1))).not.toThrow();
  });

  it('of several processes are told apart by the label worker', async () => {
    const one = createMetrics();
    const two = createMetrics();
    one.add(gauge('a', 'A.', () => 1));
    two.add(gauge('a', 'A.', () => 2));
    const merged = mergeSnapshots(
      new Map([
        ['1', one.snapshot()],
        ['2', two.snapshot()],
      ]),
    );
    expect(merged).toEqual([
      {
        name: 'a',
        help: 'A.',
        type: 'gauge',
        values: [
          { value: 1, labels: { worker: '1' } },
          { value: 2, labels: { worker: '2' } },
        ],
      },
    ]);
  });
});

describe('a histogram', () => {
  it('counts every length in all buckets that hold it', () => {
    const histogram = new DurationHistogram();
    for (const milliseconds of [1, 3, 30_000]) histogram.observe(milliseconds);
    const samples = [...histogram.samples('d', { service: 'db' })];
    const bucket = (le: string) => samples.find(({ labels }) => labels?.le === le)?.value;
    expect([bucket('0.001'), bucket('0.0025'), bucket('0.005'), bucket('10'), bucket('+Inf')]).toEqual([1, 1, 2, 2, 3]);
    expect(samples.find(({ metricName }) => metricName === 'd_sum')).toEqual({
      metricName: 'd_sum',
      labels: { service: 'db' },
      value: 30.004,
    });
    expect(samples.find(({ metricName }) => metricName === 'd_count')?.value).toBe(3);
  });
});

describe('the port of metrics', () => {
  it('serves metrics and /livez and nothing else', async () => {
    const { metrics, get } = await served();
    metrics.add(gauge('a', 'A.', () => 1));
    const answer = await get('/metrics?x=1');
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toContain('\na 1\n');
    expect(await (await get('/livez')).json()).toEqual({ status: 'ok' });
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('serves under another path where one is set', async () => {
    const { get } = await served({ path: '/telemetry' });
    expect([(await get('/metrics')).status, (await get('/telemetry')).status]).toEqual([404, 200]);
  });

  it('tells metrics under the allowed host name alone, with any port', async () => {
    const { server } = await served({ allowedHostname: 'metrics.internal' });
    expect(await withHost(server.port, 'metrics.internal:9464')).toBe(200);
    expect(await withHost(server.port, 'Metrics.Internal')).toBe(200);
    expect(await withHost(server.port, 'attacker.example')).toBe(404);
  });

  it('rejects where the port is taken', async () => {
    const { server } = await served();
    await expect(serveMetrics(createMetrics(), { host: '127.0.0.1', port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the delay of the event loop', () => {
  it('is seen, told to listeners and shown as a metric', async () => {
    const delay = new EventLoopDelay();
    opened.push(delay);
    const { sources, stop } = processMetrics(delay);
    opened.push({ close: stop });
    const heard = new Promise<number>((resolve) => delay.onRound((worst) => worst > 200 && resolve(worst)));
    const until = performance.now() + 300;
    setTimeout(() => {
      while (performance.now() < until);
    }, 0);
    expect(await heard).toBeGreaterThan(200);
    expect(delay.p99).toBeGreaterThan(200);
    const metrics = createMetrics();
    metrics.add(...sources);
    const text = await metrics.text();
    expect(Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1])).toBeGreaterThan(0.2);
    expect(Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1])).toBeGreaterThan(1e6);
  });
});
