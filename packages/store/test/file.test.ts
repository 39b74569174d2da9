import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FileCache } from '../src/cache/file.ts';
import { RecordedLog } from './backend.ts';
import { cacheStoreSuite } from './cache-store-suite.ts';

const root = await mkdtemp(join(tmpdir(), 'headgate-cache-'));
afterAll(() => rm(root, { recursive: true, force: true }));
const opened = (directory: string, prefix = 'test:') => new FileCache({ directory, prefix, log: new RecordedLog() });
const filesIn = (directory: string) => readdir(directory, { recursive: true });

cacheStoreSuite('in files', async () => {
  const directory = join(root, 'suite');
  return {
    open: async () => opened(directory),
    openOther: async () => opened(directory, 'other:'),
    outage: {
      // A file stands where the folder should be.
      async cut() {
        await rename(directory, `${directory}-away`);
        await writeFile(directory, '');
      },
      async restore() {
        await rm(directory);
        await rename(`${directory}-away`, directory);
      },
    },
    resolutionMs: 1,
    clearsExactly: true,
    close: async () => undefined,
  };
}, ['cut']);

describe('the cache in files', () => {
  it('removes what is over and what was left half written, and touches nothing else', async () => {
    const directory = join(root, 'swept');
    const cache = opened(directory);
    await cache.set('over', Buffer.from('x'), 1);
    const [folder = ''] = await readdir(directory);
    await cache.set('kept', Buffer.from('x'), 60_000);
    const part = join(directory, folder, `${'0'.repeat(64)}.${'0'.repeat(16)}.part`);
    const fresh = join(directory, folder, `${'1'.repeat(64)}.${'0'.repeat(16)}.part`);
    const foreign = join(directory, folder, 'f'.repeat(40));
    for (const file of [part, fresh, foreign]) await writeFile(file, 'somebody');
    await utimes(part, 0, 0);
    await cache.sweep();
    const files = (await filesIn(directory)).map((file) => join(directory, file));
    expect(files).not.toContain(part);
    expect(files).toContain(fresh);
    expect(files).toContain(foreign);
    expect(files.filter((file) => file.endsWith('.entry'))).toHaveLength(1);
    await cache.clear();
    expect((await filesIn(directory)).filter((file) => file.endsWith('.entry'))).toEqual([]);
    expect(await filesIn(directory)).toContain(join(folder, 'f'.repeat(40)));
    await cache.close();
  });
});
