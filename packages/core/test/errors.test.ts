import { describe, expect, it } from 'vitest';
import { SystemUnavailable } from '../src/index.js';

describe('an error of the catalogue', () => {
  it('says when to come back where that is known beforehand, unless its thrower knows better', () => {
    expect(SystemUnavailable().retryAfter).toBe(5);
    expect(SystemUnavailable().withRetryAfter(1).retryAfter).toBe(1);
  });
});
