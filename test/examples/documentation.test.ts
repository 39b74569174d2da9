import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWithSample } from './running.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'examples/README.md',
];

const read = (page: string) => readFileSync(path.join(ROOT, page), 'utf8');

describe('links between pages', () => {
  it.each(PAGES)('%s leads nowhere that is missing', (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => target);
    const missing = targets.filter((target) => !/^\w+:/.test(target) && !existsSync(path.join(ROOT, path.dirname(page), target)));
    expect(missing).toEqual([]);
  });
});

describe('the page on the query language', () => {
  let headgate: Awaited<ReturnType<typeof startWithSample>>;
  beforeAll(async () => {
    headgate = await startWithSample();
    await headgate.admin('POST', 'system/lookup', { resource: [{ name: 'company', value: '3', private: false }] });
  });
  afterAll(() => headgate?.stop());

  const page = read('docs/query-language.md');
  const filters = (/```text\n([\s\S]*?)```/.exec(page)?.[1] ?? '').trimEnd().split('\n');

  async function idsOf(filter: string): Promise<number[]> {
    const query = new URLSearchParams({ filter, fields: 'id', 'params[:name]': 'Ada' });
    const response = await fetch(`${headgate.origin}/api/v2/db/_table/contact?${query}`, {
      headers: { 'X-DreamFactory-API-Key': headgate.sampleKey },
    });
    const body = (await response.json()) as { resource?: { id: number }[]; error?: { message: string; hint?: string } };
    if (!body.resource) throw new Error(`${filter}: ${body.error?.message} ${body.error?.hint}`);
    return body.resource.map(({ id }) => id);
  }

  it('shows filters that select what they say', async () => {
    const found = [];
    // What stands in parentheses after many blanks is a remark.
    for (const line of filters) found.push(await idsOf(line.replace(/ {2,}\(.*$/, '')));
    expect(found.toSpliced(4, 1)).toEqual([[3, 5], [1, 2, 8], [2, 3], [4, 5], [1], [4, 5]]);
  });

  it('shows an error as it is answered', async () => {
    await expect(idsOf("first_nam = 'Ada'")).rejects.toThrow(
      "Invalid or unparsable field in filter request: 'first_nam' Position 1. Did you mean 'first_name'?",
    );
    expect(page).toContain("Position 1. Did you mean 'first_name'?");
  });
});
