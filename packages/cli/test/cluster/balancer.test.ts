import { afterEach, describe, expect, it } from 'vitest';
import { type BalancedWorkers, balance, openRaw, sendRaw, until } from './stub-worker.js';

const READ = '/api/v2/db/_table/contact';

let running: BalancedWorkers | undefined;
const start = async (count: number, trusted?: readonly string[]) => {
  running = await balance(count, trusted);
  return running;
};
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe('the choice of a worker', () => {
  it('takes turns over calls one after another', async () => {
    const { origin, workers } = await start(3);
    for (let call = 0; call < 9; call++) await (await fetch(`${origin}${READ}`)).text();
    expect(workers.map(({ arrived }) => arrived.length)).toEqual([3, 3, 3]);
  });

  it('prefers who has fewer calls at work', async () => {
    const { origin, workers } = await start(2);
    const [busy, free] = workers;
    const held = Promise.withResolvers<void>();
    busy!.answer = (_arrived, response) => void held.promise.then(() => response.end('{}'));
    const first = fetch(`${origin}${READ}`);
    await until(() => busy!.arrived.length === 1, 'the first call arrives');
    for (let call = 0; call < 4; call++) await (await fetch(`${origin}${READ}`)).text();
    expect([busy!.arrived.length, free!.arrived.length]).toEqual([1, 4]);
    held.resolve();
    await (await first).text();
  });

  it('answers 503 with Retry-After where there is none', async () => {
    const { origin } = await start(0);
    const answer = await fetch(`${origin}${READ}`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({
      error: { code: 503, reason: 'no_worker', request_id: answer.headers.get('x-request-id') },
    });
    expect((await fetch(`${origin}/readyz`)).status).toBe(503);
    expect((await fetch(`${origin}/livez`)).status).toBe(200);
  });

  it('lets a call wait for a worker that comes soon', async () => {
    const { origin, rotation, add } = await start(0);
    const answer = fetch(`${origin}${READ}`, { method: 'POST', body: 'x' });
    const late = await add('late');
    rotation.add(late.target);
    expect(await (await answer).json()).toEqual({ worker: 'late' });
    expect(late.arrived[0]!.body).toBe('x');
  });
});

describe('a worker that fails', () => {
  it('is not asked twice: a call that it did not take goes whole to another, whatever its method', async () => {
    const { origin, workers } = await start(2);
    await workers[0]!.close();
    const body = 'x'.repeat(300_000);
    const answer = await fetch(`${origin}/api/v2/script/run`, { method: 'POST', body });
    expect(await answer.json()).toEqual({ worker: 'b' });
    expect(workers[1]!.arrived.map((arrived) => arrived.body)).toEqual([body]);
  });

  it.each([
    ['GET', READ],
    ['HEAD', READ],
    ['GET', '/api/v2/db/_schema/contact?refresh=true'],
  ])('%s %s is tried on another one when nothing came back', async (method, path) => {
    const { origin, workers } = await start(2);
    workers[0]!.answer = (_arrived, response) => response.destroy();
    const answer = await fetch(`${origin}${path}`, { method });
    expect([answer.status, workers[0]!.arrived.length, workers[1]!.arrived.length]).toEqual([200, 1, 1]);
  });

  it.each([
    ['POST', READ],
    ['PUT', READ],
    ['DELETE', READ],
    ['GET', '/api/v2/script/run'],
    ['GET', '/api/v2/db/_proc/run'],
  ])('%s %s is executed once only', async (method, path) => {
    const { origin, workers } = await start(2);
    for (const worker of workers) worker.answer = (_arrived, response) => response.destroy();
    const answer = await fetch(`${origin}${path}`, { method });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ error: { reason: 'worker_lost' } });
    expect(workers.flatMap(({ arrived }) => arrived)).toHaveLength(1);
  });

  it('is tried no more than three times in all', async () => {
    const { origin, workers } = await start(5);
    for (const worker of workers) worker.answer = (_arrived, response) => response.destroy();
    expect((await fetch(`${origin}${READ}`)).status).toBe(502);
    expect(workers.flatMap(({ arrived }) => arrived)).toHaveLength(3);
  });

  it('does not make a refusal be tried again', async () => {
    const { origin, workers } = await start(2);
    for (const worker of workers) worker.answer = (_arrived, response) => response.writeHead(503, { 'Retry-After': '7' }).end('{}');
    const answer = await fetch(`${origin}${READ}`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
    expect(workers.flatMap(({ arrived }) => arrived)).toHaveLength(1);
  });

  it('in the middle of its answer leaves the client with one that is not complete', async () => {
    const { origin, workers } = await start(2);
    for (const worker of workers) {
      worker.answer = (_arrived, response) => {
        response.writeHead(200, { 'Content-Length': 1000 });
        response.write('half', () => response.destroy());
      };
    }
    const answer = await fetch(`${origin}${READ}`);
    await expect(answer.text()).rejects.toThrow();
    expect(workers.flatMap(({ arrived }) => arrived)).toHaveLength(1);
  });
});

describe('streams', () => {
  it('passes an answer on as it comes', async () => {
    const { origin, workers } = await start(1);
    const rest = Promise.withResolvers<void>();
    workers[0]!.answer = (_arrived, response) => {
      response.write('first');
      void rest.promise.then(() => response.end('last'));
    };
    const reader = (await fetch(`${origin}${READ}`)).body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    rest.resolve();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('last');
  });

  it('tells the worker that the client has gone', async () => {
    const { port, workers } = await start(1);
    const gone = Promise.withResolvers<void>();
    workers[0]!.answer = (_arrived, response) => response.on('close', () => gone.resolve());
    const socket = openRaw(port);
    socket.write(`GET ${READ} HTTP/1.1\r\nHost: h\r\n\r\n`);
    await until(() => workers[0]!.arrived.length === 1, 'the call arrives');
    socket.destroy();
    await gone.promise;
    await until(() => workers[0]!.target.inFlight === 0, 'the worker has no call at work');
  });

  it('gives leave to send a body when a worker has its headers', async () => {
    const { port, workers } = await start(1);
    const text = await new Promise<string>((resolve) => {
      let received = '';
      const socket = openRaw(port);
      socket.on('data', (chunk) => {
        received += chunk;
        if (received.startsWith('HTTP/1.1 100') && !received.includes('200 OK')) socket.write('hello');
        if (received.includes('{"worker"')) socket.end(() => resolve(received));
      });
      socket.write(`POST ${READ} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    });
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(workers[0]!.arrived).toMatchObject([{ body: 'hello' }]);
  });
});

describe('the headers of a call', () => {
  const FORGED = {
    'X-Forwarded-For': '9.9.9.9',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Anything': 'x',
    Forwarded: 'for=9.9.9.9',
    'X-DreamFactory-Script-Token': 'forged',
  };

  it('say who the client is as this process found out, not as it claims', async () => {
    const { origin, port, workers } = await start(1);
    await fetch(`${origin}${READ}`, { headers: FORGED });
    const { headers } = workers[0]!.arrived[0]!;
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${port}`,
      'x-forwarded-port': String(port),
    });
    for (const name of ['x-forwarded-anything', 'forwarded', 'x-dreamfactory-script-token']) expect(headers).not.toHaveProperty(name);
  });

  it('believe a proxy that is trusted', async () => {
    const { origin, workers } = await start(1, ['loopback']);
    await fetch(`${origin}${READ}`, { headers: FORGED });
    expect(workers[0]!.arrived[0]!.headers).toMatchObject({ 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'https' });
  });

  it('carry an id of the request: the client’s where it is one, else a new one', async () => {
    const { origin, workers } = await start(1);
    await fetch(`${origin}${READ}`, { headers: { 'X-Request-Id': 'mine-1' } });
    await fetch(`${origin}${READ}`, { headers: { 'X-Request-Id': 'not an id' } });
    const [first, second] = workers[0]!.arrived.map(({ headers }) => headers['x-request-id']);
    expect(first).toBe('mine-1');
    expect(second).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lose what belongs to the connection of the client', async () => {
    const { port, workers } = await start(1);
    await sendRaw(
      port,
      `GET ${READ} HTTP/1.1\r\nHost: h\r\nConnection: close, X-Secret, X-Forwarded-For\r\nX-Secret: s\r\nTE: trailers\r\n\r\n`,
    );
    const { headers } = workers[0]!.arrived[0]!;
    expect(headers).not.toHaveProperty('x-secret');
    expect(headers).not.toHaveProperty('te');
    expect(headers.connection).toBe('keep-alive');
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('keep the target as it was sent', async () => {
    const { port, workers } = await start(1);
    const target = `/api/v2/db/_table/a%2Fb/../c?filter=(x='y')&a=b?c&&d=|`;
    await sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    await sendRaw(port, `GET http://other.example${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    expect(workers[0]!.arrived.map(({ url }) => url)).toEqual([target, target]);
  });
});

describe('hostile requests', () => {
  const HEAD = `POST ${READ} HTTP/1.1\r\nHost: h\r\n`;
  const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

  it.each([
    ['Content-Length beside Transfer-Encoding', `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['two lengths', `${HEAD}Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
    ['a length that is none', `${HEAD}Content-Length: +5\r\n\r\nhello`],
    ['another transfer coding', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a transfer coding in disguise', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a folded header', `${HEAD}X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`],
    ['a space before the colon', `${HEAD}Content-Length : 5\r\n\r\nhello`],
    ['a bare line feed in a header', `${HEAD}X-A: b\nContent-Length: 5\r\n\r\nhello`],
    ['a chunk size that is none', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`],
    ['a chunk longer than it says', `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n`],
    ['headers without end', `${HEAD}X-A: ${'a'.repeat(70_000)}\r\n\r\n`],
  ])('%s: nothing but one whole call or none reaches a worker', async (_name, bytes) => {
    const { port, workers } = await start(1);
    const answer = await sendRaw(port, bytes);
    const { arrived } = workers[0]!;
    expect(arrived.filter(({ url, headers }) => url === '/smuggled' && headers['content-length'] !== undefined)).toEqual([]);
    // What is not refused was one request and then another, both as a strict reader sees them.
    if (!/^HTTP\/1\.1 (400|431)/.test(answer)) {
      expect(arrived[0]).toMatchObject({ method: 'POST', url: READ, body: '' });
      for (const { headers } of arrived)
        expect(headers['content-length'] === undefined || headers['transfer-encoding'] === undefined).toBe(true);
    } else expect(arrived.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each(['DELETE', 'OPTIONS', 'GET', 'PATCH'])('the chunked body of a %s is its body, not the next request', async (method) => {
    const { port, workers } = await start(1);
    const chunk = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;
    await sendRaw(port, `${method} ${READ} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
    await sendRaw(port, `GET ${READ} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    expect(workers[0]!.arrived).toMatchObject([
      { method, body: SMUGGLED },
      { method: 'GET', url: READ, body: '' },
    ]);
  });

  it('an early end of a body ends the call of the worker, and nothing comes after it', async () => {
    const { port, origin, workers } = await start(1);
    const socket = openRaw(port);
    socket.write(`${HEAD}Content-Length: 1000\r\n\r\nhalf`);
    await until(() => workers[0]!.target.inFlight === 1, 'the call is passed on');
    socket.destroy();
    await until(() => workers[0]!.target.inFlight === 0, 'the call has ended');
    await (await fetch(`${origin}${READ}`)).text();
    expect(workers[0]!.arrived).toMatchObject([{ method: 'GET', url: READ, body: '' }]);
  });

  it('a slow body holds nobody else up', async () => {
    const { port, origin, workers } = await start(1);
    const socket = openRaw(port);
    socket.write(`${HEAD}Content-Length: 4\r\n\r\nab`);
    await until(() => workers[0]!.target.inFlight === 1, 'the call is passed on');
    expect((await fetch(`${origin}${READ}`)).status).toBe(200);
    socket.write('cd');
    await until(() => workers[0]!.arrived.length === 2, 'the slow call arrives');
    expect(workers[0]!.arrived[1]).toMatchObject({ method: 'POST', body: 'abcd' });
    socket.destroy();
  });
});
