import { randomUUID } from 'node:crypto';
import { memcachedServer } from '../../../test/containers.ts';
import { MemcachedCache } from '../src/cache/memcached.ts';
import { ANY_OUTAGE, RecordedLog } from './backend.ts';
import { cacheStoreSuite } from './cache-store-suite.ts';
import { TcpProxy } from './tcp-proxy.ts';

const url = await memcachedServer();

if (url !== undefined) {
  cacheStoreSuite(
    'in memcached',
    async () => {
      const proxy = await TcpProxy.to(url);
      const prefix = `test-${randomUUID()}`;
      const open = async (under: string) =>
        new MemcachedCache({ servers: [{ host: proxy.host, port: proxy.port }] }, under, new RecordedLog());
      return {
        open: () => open(prefix),
        openOther: () => open(`${prefix}-other`),
        outage: proxy,
        resolutionMs: 1000,
        clearsExactly: false,
        close: () => proxy.close(),
      };
    },
    ANY_OUTAGE,
  );
}
