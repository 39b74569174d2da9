import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkProblem } from '../../src/dialect/connect-problem.js';
import { openSocket } from '../../src/egress/open-socket.js';
import { createEgressPolicy } from '../../src/egress/policy.js';

const policy = (allow: string[] = [], ownStores: { host: string; port: number }[] = []) => createEgressPolicy({ allow, ownStores });
const refused = { reason: 'egress_refused' };

describe('the egress policy', () => {
  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    'fd00:ec2::254',
    '168.63.129.16',
    'fe80::1',
    'fe80::1%eth0',
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '240.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::169.254.169.254',
    '2001:0:a9fe:a9fe::1',
    '2001:0:1:1:0:0:5601:5601',
  ])('refuses %s even when everything is allowed', async (address) => {
    await expect(policy(['loopback', 'unix', '0.0.0.0/0', '::/0', address]).check(address, 5432)).rejects.toMatchObject(refused);
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '::127.0.0.1'])(
    'refuses the loopback address %s unless it is allowed',
    async (address) => {
      await expect(policy().check(address, 5432)).rejects.toMatchObject(refused);
      await policy(['loopback']).check(address, 5432);
    },
  );

  it.each(['10.1.2.3', '192.168.0.9', '172.16.0.1', '8.8.8.8', '2606:4700::1111', 'fd12:3456::1', '::ffff:10.0.0.1'])(
    'lets %s through',
    async (address) => {
      await policy().check(address, 5432);
    },
  );

  it.each(['', 'localhost', '127.1', '0177.0.0.1', '2130706433', '0x7f000001', '1.2.3', 'not an address'])(
    'takes %j for no address',
    async (address) => {
      await expect(policy(['loopback']).check(address, 5432)).rejects.toMatchObject(refused);
    },
  );

  it('allows loopback by network, address, port and host name', async () => {
    await policy(['127.0.0.0/8']).check('127.0.0.1', 1);
    await policy(['127.0.0.1']).check('127.0.0.1', 1);
    await policy(['127.0.0.1:5432']).check('127.0.0.1', 5432);
    await policy(['[::1]:5432']).check('::1', 5432);
    await policy(['localhost:5432']).check('127.0.0.1', 5432, 'localhost');
    await expect(policy(['127.0.0.1:5432']).check('127.0.0.1', 3306)).rejects.toMatchObject(refused);
    await expect(policy(['localhost:5432']).check('127.0.0.1', 5432, 'evil.example')).rejects.toMatchObject(refused);
    await expect(policy(['10.0.0.0/8']).check('127.0.0.1', 5432)).rejects.toMatchObject(refused);
  });

  it("refuses Headgate's own stores by whatever address they are reached", async () => {
    const guarded = policy(
      ['loopback'],
      [
        { host: '127.0.0.1', port: 6379 },
        { host: '10.0.0.5', port: 5432 },
        { host: 'db.internal.example', port: 5432 },
      ],
    );
    for (const address of ['127.0.0.1', '::1', '127.0.0.9', '::ffff:127.0.0.1'])
      await expect(guarded.check(address, 6379)).rejects.toMatchObject({ reason: 'own_store_refused' });
    await expect(guarded.check('10.0.0.5', 5432)).rejects.toMatchObject({ reason: 'own_store_refused' });
    await expect(guarded.check('10.0.0.9', 5432, 'DB.internal.example')).rejects.toMatchObject({ reason: 'own_store_refused' });
    await guarded.check('127.0.0.1', 5432);
    await guarded.check('10.0.0.5', 3306);
  });

  it('refuses unix sockets unless they are allowed', () => {
    expect(() => policy().checkPath('/run/mysqld.sock')).toThrow(expect.objectContaining(refused));
    policy(['unix']).checkPath('/run/mysqld.sock');
    policy(['unix:/run/mysqld.sock']).checkPath('/run/mysqld.sock');
    expect(() => policy(['unix:/run/mysqld.sock']).checkPath('/run/docker.sock')).toThrow(expect.objectContaining(refused));
  });

  it('names an entry of the allow-list that means nothing', () => {
    expect(() => policy(['10.0.0.0/99'])).toThrow("'10.0.0.0/99'");
    expect(() => policy(['http://x'])).toThrow("'http://x'");
  });
});

describe('a socket through the policy', () => {
  let server: net.Server;
  let port: number;
  beforeAll(async () => {
    server = net.createServer((socket) => socket.on('error', () => {}).end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as net.AddressInfo).port;
  });
  afterAll(() => server.close());

  it('is connected to the address that was checked', async () => {
    const socket = await openSocket(policy(['loopback']), { host: 'localhost', port });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  // What the resolver makes of odd forms is what counts.
  it.each(['localhost', '127.0.0.1', '2130706433', '0x7f.1', '127.1', '0', '::ffff:127.0.0.1', '[::1]'])(
    'is not opened to %s where loopback is not allowed',
    async (host) => {
      await expect(openSocket(policy(), { host, port })).rejects.toMatchObject({ status: 400 });
    },
  );

  it('tells the error of the network', async () => {
    server.close();
    await once(server, 'close');
    await expect(openSocket(policy(['loopback']), { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(openSocket(policy(['loopback']), { host: '127.0.0.1', port }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ECONNABORTED',
    });
  });
});

describe('a process in a container', () => {
  const inContainer = (allow: string[]) => createEgressPolicy({ allow, ownStores: [], inContainer: true });
  const explained = expect.stringContaining('use host.docker.internal');

  it('says where a loopback address leads that the policy refuses, as a detail for administrators', async () => {
    await expect(inContainer([]).check('127.0.0.1', 5432, 'localhost')).rejects.toMatchObject({ ...refused, detail: explained });
    await expect(inContainer([]).check('169.254.169.254', 80)).rejects.toMatchObject({ ...refused, detail: undefined });
    await expect(policy().check('127.0.0.1', 5432)).rejects.toMatchObject({ ...refused, detail: undefined });
  });

  it('says so where nothing listens at a loopback address', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, 'close');
    const failure = await openSocket(inContainer(['loopback']), { host: '127.0.0.1', port }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ECONNREFUSED', message: explained });
    expect(networkProblem(failure)).toMatchObject({ fields: ['host', 'port'], message: explained });
    const elsewhere = await openSocket(policy(['loopback']), { host: '127.0.0.1', port }).catch((error: unknown) => error);
    expect(networkProblem(elsewhere)?.message).toBe('Nothing accepts connections at this host and port.');
  });
});
