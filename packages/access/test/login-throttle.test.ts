import { beforeEach, describe, expect, it } from 'vitest';
import { createLoginThrottle, type LoginThrottle, unlockAccount, unlockMarks } from '../src/index.js';
import { Clock } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';

let clock: Clock;
let db: MemoryDatabase;
let throttle: LoginThrottle;

beforeEach(() => {
  clock = new Clock();
  db = new MemoryDatabase();
  throttle = createLoginThrottle({ marks: unlockMarks(db), now: clock.now });
});

const HOME = '192.0.2.1';

/** How an attempt with a wrong password ends: let through (0), or the seconds to wait. */
async function fail(account: string, address = HOME): Promise<number> {
  try {
    (await throttle.begin(account, address)).failed();
    return 0;
  } catch (error) {
    const { status, retryAfter } = error as { status: number; retryAfter: number };
    expect(status).toBe(429);
    return retryAfter;
  }
}

async function failTimes(count: number, account: string, address = HOME): Promise<void> {
  for (let attempt = 0; attempt < count; attempt++) expect(await fail(account, address)).toBe(0);
}

async function succeed(account: string, address = HOME): Promise<void> {
  (await throttle.begin(account, address)).succeeded();
}

describe('failed logins of an account from one address', () => {
  it('wait after the tenth, twice as long each time, up to a quarter of an hour', async () => {
    await failTimes(10, 'jane@example.com');
    for (const seconds of [1, 2, 4, 8]) {
      expect(await fail('jane@example.com')).toBe(seconds);
      clock.pass(seconds);
      expect(await fail('jane@example.com')).toBe(0);
    }
    for (let attempt = 0; attempt < 12; attempt++) {
      clock.pass(900);
      await fail('jane@example.com');
    }
    expect(await fail('jane@example.com')).toBe(900);
  });

  it('say how long, in words and as Retry-After', async () => {
    await failTimes(10, 'jane@example.com');
    await expect(throttle.begin('jane@example.com', HOME)).rejects.toMatchObject({
      retryAfter: 1,
      message: 'Too many failed logins. Please try again in 1 second.',
    });
  });

  it('count all spellings of the account', async () => {
    await failTimes(5, 'jane@example.com');
    await failTimes(5, ' JANE@Example.com');
    expect(await fail('jane@example.com')).toBe(1);
  });

  it('are forgotten by a success, and after half an hour', async () => {
    await failTimes(9, 'jane@example.com');
    await succeed('jane@example.com');
    await failTimes(10, 'jane@example.com');
    clock.pass(1801);
    await failTimes(10, 'jane@example.com');
  });

  it('do not keep the owner out elsewhere, nor other accounts here', async () => {
    await failTimes(10, 'jane@example.com');
    expect(await fail('jane@example.com', '198.51.100.7')).toBe(0);
    expect(await fail('john@example.com')).toBe(0);
  });

  it('are not lengthened by refused attempts', async () => {
    await failTimes(10, 'jane@example.com');
    for (let attempt = 0; attempt < 50; attempt++) await fail('jane@example.com');
    expect(await fail('jane@example.com')).toBe(1);
  });

  it('are bounded when tried at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 200 }, () => throttle.begin('jane@example.com', HOME)));
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled').length).toBeLessThanOrEqual(50);
  });
});

describe('failed logins from one address', () => {
  it('of many accounts wait after a hundred, a minute at most', async () => {
    for (let account = 0; account < 100; account++) await failTimes(1, `user-${account}`);
    expect(await fail('someone-else')).toBe(1);
    for (let attempt = 0; attempt < 20; attempt++) {
      clock.pass(61);
      await fail(`user-${attempt}`);
    }
    expect(await fail('someone-else')).toBe(60);
  });

  it('count a /64 network of IPv6 as one', async () => {
    for (let account = 0; account < 100; account++) await failTimes(1, `user-${account}`, `2001:db8:1:2::${account.toString(16)}`);
    expect(await fail('someone-else', '2001:db8:1:2:ffff::1')).toBe(1);
    expect(await fail('someone-else', '2001:db8:1:3::1')).toBe(0);
  });

  it('count an IPv4 address and its IPv6 form as one', async () => {
    await failTimes(10, 'jane', '192.0.2.9');
    expect(await fail('jane', '::ffff:192.0.2.9')).toBe(1);
  });
});

describe('failed logins of an account from many addresses', () => {
  const strangers = async () => {
    for (let address = 0; address < 60; address++) {
      await fail('jane', `198.51.100.${address}`);
      clock.pass(5);
    }
  };

  it('slow strangers down, by seconds only', async () => {
    await strangers();
    await fail('jane', '203.0.113.1');
    expect(await fail('jane', '203.0.113.2')).toBeGreaterThan(0);
    expect(await fail('jane', '203.0.113.2')).toBeLessThanOrEqual(5);
    clock.pass(5);
    await succeed('jane', '203.0.113.3');
  });

  it('never wait where the account logged in before', async () => {
    await succeed('jane');
    await strangers();
    await fail('jane', '203.0.113.1');
    await succeed('jane');
  });
});

describe('an attempt', () => {
  it('that is neither success nor failure counts nothing', async () => {
    for (let attempt = 0; attempt < 30; attempt++) (await throttle.begin('root@example.com', HOME)).neutral();
    await failTimes(10, 'root@example.com');
  });

  it('counts once, whatever is told after', async () => {
    const attempt = await throttle.begin('jane', HOME);
    attempt.failed();
    attempt.neutral();
    attempt.succeeded();
    await failTimes(9, 'jane');
    expect(await fail('jane')).toBe(1);
  });
});

describe('unlocking', () => {
  it('lets the account try again at once, from everywhere', async () => {
    await failTimes(10, 'jane');
    await failTimes(10, 'jane', '198.51.100.7');
    throttle.unlock('JANE');
    await failTimes(10, 'jane');
    await failTimes(10, 'jane', '198.51.100.7');
  });

  it('by another process reaches this one through the database', async () => {
    await failTimes(10, 'jane');
    expect(await fail('jane')).toBe(1);
    await unlockAccount(db, 'Jane');
    await failTimes(10, 'jane');
    expect(await fail('jane')).toBe(1);
    await unlockAccount(db, 'john');
    expect(await fail('jane')).toBe(1);
  });
});
