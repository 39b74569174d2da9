import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/pages.mjs';

describe('the generated pages', () => {
  it.each(Object.entries(generatedPages()))('%s is up to date (npm run docs)', (path, content) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(content);
  });
});
