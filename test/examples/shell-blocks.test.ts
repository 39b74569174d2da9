import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWithSample } from './running.js';

const PAGES = ['getting-started', 'access', 'connecting-databases'];

/** The blocks of a page that call the API, with a name to find them by. */
function callsOf(page: string): (readonly [name: string, script: string])[] {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .map(([, script = '']) => script)
    .filter((script) => script.includes('curl'));
  return blocks.map((script) => [`${page}: ${script.slice(0, 60)}`, script] as const);
}

describe('the pages', () => {
  let headgate: Awaited<ReturnType<typeof startWithSample>>;
  beforeAll(async () => {
    headgate = await startWithSample();
    // Ids as an installation with two roles has them, which the pages assume.
    await headgate.admin('POST', 'system/role', { resource: [{ name: 'first', is_active: true }] });
    await headgate.admin('POST', 'system/role', { resource: [{ name: 'second', is_active: true }] });
  });
  afterAll(() => headgate?.stop());

  const calls = PAGES.flatMap(callsOf);

  it('show calls', () => {
    expect(calls.length).toBeGreaterThanOrEqual(5);
  });

  it.each(calls)('show calls that work as they stand: %s', async (_, script) => {
    const env = { PATH: process.env.PATH, API: `${headgate.origin}/api/v2`, TOKEN: await headgate.token(), KEY: headgate.sampleKey };
    const here = script.replaceAll('http://localhost:8080', headgate.origin);
    const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', here], { env });
    expect(JSON.parse(stdout)).toEqual({ resource: expect.arrayContaining([expect.objectContaining({ id: expect.any(Number) })]) });
  });

  it('show the answer to the first query', async () => {
    const page = readFileSync(new URL('../../docs/getting-started.md', import.meta.url), 'utf8');
    const [, script = ''] = callsOf('getting-started')[0] ?? [];
    const shown = /^```json\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '';
    const env = { PATH: process.env.PATH, KEY: headgate.sampleKey };
    const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', script.replaceAll('http://localhost:8080', headgate.origin)], { env });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(shown));
  });
});
