import { randomUUID } from 'node:crypto';
import { redisServer } from '../../../test/containers.ts';
import { openStores, type StoreSettings, type Stores } from '../src/index.ts';
import { ANY_OUTAGE, RecordedLog } from './backend.ts';
import { busSuite } from './bus-suite.ts';
import { cacheStoreSuite } from './cache-store-suite.ts';
import { counterStoreSuite } from './counter-store-suite.ts';
import { lockSuite } from './lock-suite.ts';
import { TcpProxy } from './tcp-proxy.ts';

const url = await redisServer();

/** All stores in the run's Redis, over a proxy, under a prefix of their own. */
async function redisBackend<Store>(storeOf: (stores: Stores) => Store) {
  const proxy = await TcpProxy.to(url!);
  const prefix = `test-${randomUUID()}`;
  const opened: Stores[] = [];
  const open = async (under = prefix) => {
    const backoff = { algorithm: 'equal_jitter', base: 20, cap: 200 } as const;
    const redis = { host: proxy.host, port: proxy.port, database: 0, tls: false, backoff };
    const one = { driver: 'redis', redis, prefix: under } as const;
    const settings: StoreSettings = { cache: one, counters: one, bus: one, lock: one };
    const stores = await openStores(settings, new RecordedLog());
    opened.push(stores);
    return storeOf(stores);
  };
  return {
    open: () => open(),
    openOther: () => open(`${prefix}-other`),
    outage: proxy,
    close: async () => {
      for (const stores of opened) await stores.close();
      await proxy.close();
    },
  };
}

if (url !== undefined) {
  cacheStoreSuite(
    'in Redis',
    async () => ({ ...(await redisBackend((stores) => stores.cache)), resolutionMs: 1, clearsExactly: true }),
    ANY_OUTAGE,
  );
  counterStoreSuite('in Redis', () => redisBackend((stores) => stores.counters), ANY_OUTAGE);
  busSuite('over Redis', () => redisBackend((stores) => stores.bus), ANY_OUTAGE);
  lockSuite('in Redis', () => redisBackend((stores) => stores.lock), ANY_OUTAGE);
}
