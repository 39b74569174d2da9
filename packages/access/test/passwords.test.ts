import { afterAll, describe, expect, it } from 'vitest';
import {
  checkConfirmCode,
  createPasswords,
  emailProblem,
  isConfirmCode,
  newConfirmCode,
  passwordProblem,
  usernameProblem,
} from '../src/index.js';

/** As DreamFactory 7.7.0 stored it. */
const RECORDED = { plain: 'conformance-user-password', stored: '$2y$12$GcdlBgQEBw1/O36y6HzFn.nOx0URYiekqmXXihoSpSoDF2AKXZv/K' };

const argon = createPasswords({ passwordHash: 'argon2id', bcryptRounds: 10 });
const bcrypt = createPasswords({ passwordHash: 'bcrypt', bcryptRounds: 10 });
afterAll(() => Promise.all([argon.close(), bcrypt.close()]));

describe('passwords', () => {
  it('are stored as argon2id', async () => {
    const stored = await argon.hash('a good long password');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$|^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await argon.verify('a good long password', stored)).toBe(true);
    expect(await argon.verify('a good long passwore', stored)).toBe(false);
    expect(argon.needsRehash(stored)).toBe(false);
  });

  it('of the original verify and want a new hash', async () => {
    expect(await argon.verify(RECORDED.plain, RECORDED.stored)).toBe(true);
    expect(await argon.verify(`${RECORDED.plain}!`, RECORDED.stored)).toBe(false);
    expect(argon.needsRehash(RECORDED.stored)).toBe(true);
  });

  it('are stored as PHP reads them where bcrypt is asked for', async () => {
    const stored = await bcrypt.hash('a good long password');
    expect(stored).toMatch(/^\$2y\$10\$/);
    expect(await bcrypt.verify('a good long password', stored)).toBe(true);
    expect(bcrypt.needsRehash(stored)).toBe(false);
    expect(bcrypt.needsRehash(RECORDED.stored)).toBe(false);
    expect(bcrypt.needsRehash(stored.replace('$10$', '$09$'))).toBe(true);
    expect(bcrypt.needsRehash('$argon2id$v=19$m=19456,t=2,p=1$x$y')).toBe(true);
  });

  it('have 72 bytes that count in bcrypt, as in PHP', async () => {
    const stored = await bcrypt.hash('x'.repeat(72));
    expect(await bcrypt.verify(`${'x'.repeat(72)}more`, stored)).toBe(true);
    expect(await bcrypt.verify('x'.repeat(71), stored)).toBe(false);
  });

  it.each([null, undefined, '', 'not a hash', '$argon2id$damaged', '$1$md5$crypt'])('fit nothing where %j is stored', async (stored) => {
    expect(await argon.verify('', stored)).toBe(false);
    expect(await argon.verify('a good long password', stored)).toBe(false);
  });

  it('take as long where there is no account', async () => {
    const stored = await argon.hash('a good long password');
    await argon.verify('warm up', undefined);
    const time = async (hash: string | undefined) => {
      const started = performance.now();
      await argon.verify('wrong', hash);
      return performance.now() - started;
    };
    const [real, dummy] = [await time(stored), await time(undefined)];
    expect(dummy).toBeGreaterThan(real / 4);
  });

  it('are refused at once when far too long, and never block the process', async () => {
    expect(await argon.verify('x'.repeat(10_000_000), RECORDED.stored)).toBe(false);
    let turns = 0;
    const watch = setInterval(() => turns++, 1);
    await bcrypt.verify(RECORDED.plain, RECORDED.stored);
    clearInterval(watch);
    // On this thread the 200 ms of one verification would leave no turn at all.
    expect(turns).toBeGreaterThan(5);
  });

  it('beyond a bounded queue are refused as overload', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 140 }, () => bcrypt.verify('x', '$2y$04$GcdlBgQEBw1/O36y6HzFn.nOx0URYiekqmXXihoSpSoDF2AKXZv/K')),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBe(39);
    expect(refused[0]).toMatchObject({ reason: { status: 503, retryAfter: 2 } });
  });
});

describe('the rules of an account', () => {
  it('want a password of 16 characters', () => {
    expect(passwordProblem('fifteen letters')).toBe('The password field must be at least 16 characters.');
    expect(passwordProblem('sixteen letters!')).toBeUndefined();
    expect(passwordProblem('🐘'.repeat(15))).toBeTypeOf('string');
    expect(passwordProblem(undefined)).toBe('The password field is required.');
    expect(passwordProblem('x'.repeat(5000))).toBeTypeOf('string');
  });

  it('want an email', () => {
    for (const email of ['jane@example.com', 'a.b+c@sub.example.co.uk', 'jörg@exämple.de', 'root@localhost'])
      expect(emailProblem(email)).toBeUndefined();
    for (const email of [
      '',
      'jane',
      'not an email',
      'a@b@c',
      'a@.com',
      'a@b..c',
      '@example.com',
      'a@b.',
      `${'a'.repeat(250)}@example.com`,
      7,
    ]) {
      expect(emailProblem(email)).toBeTypeOf('string');
    }
  });

  it('want a user name of 6 characters without blanks', () => {
    expect(usernameProblem('abc')).toBe('The username field must be at least 6 characters.');
    expect(usernameProblem('abc def')).toBeTypeOf('string');
    expect(usernameProblem('abcdef')).toBeUndefined();
  });

  it('take little time for hostile texts', () => {
    const started = performance.now();
    for (const text of [`${'a'.repeat(100_000)}@`, `a@${'a.'.repeat(50_000)}`, `a@${'a'.repeat(100_000)}`]) emailProblem(text);
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe('confirmation codes', () => {
  const settings = { confirmCodeLength: 32, confirmCodeTtlSeconds: 100 };

  it('are stored hashed and fit for their time', () => {
    const { code, stored } = newConfirmCode(settings, 1000);
    expect(code).toMatch(/^[0-9A-Z]{32}$/);
    expect(stored).not.toContain(code);
    expect(checkConfirmCode(code, stored, settings, 0, 1100)).toBe('fits');
    expect(checkConfirmCode(code, stored, settings, 1099, 1101)).toBe('expired');
    expect(checkConfirmCode(code.toLowerCase(), stored, settings, 0, 1000)).toBe('wrong');
  });

  it('of the original are read as they are', () => {
    const code = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
    expect(checkConfirmCode(code, code, settings, 1000, 1050)).toBe('fits');
    expect(checkConfirmCode(code, code, settings, 1000, 1101)).toBe('expired');
    for (const stored of [null, undefined, '', 'y']) expect(checkConfirmCode(stored ?? '', stored, settings, 1000, 1000)).toBe('wrong');
  });

  it('have the configured length within its bounds', () => {
    expect(newConfirmCode({ ...settings, confirmCodeLength: 3 }).code).toHaveLength(5);
    expect(newConfirmCode({ ...settings, confirmCodeLength: 99 }).code).toHaveLength(32);
    expect(isConfirmCode('123', settings)).toBe(false);
    expect(isConfirmCode('ABC12', { ...settings, confirmCodeLength: 5 })).toBe(true);
  });
});
