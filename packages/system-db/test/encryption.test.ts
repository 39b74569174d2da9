import { BadKey, createEncrypter, generateAppKey, UnreadableSecret } from '@headgate/system-db';
import { describe, expect, it } from 'vitest';

const KEY = 'base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const VECTOR =
  'eyJpdiI6IkFBRUNBd1FGQmdjSUNRb0xEQTBPRHc9PSIsInZhbHVlIjoidVEzbmp4MFYyaUFDa0lXejRXakZEUT09IiwibWFjIjoiYWY4YjVkODYyNzYxN2QxMWUzYWQ4Y2ZhMWI1NjlmMjBiOTNiZjIyM2ZhOWY5OWJhZmUzNTQ2Zjg4MzJkZmQ3OSIsInRhZyI6IiJ9';

/** As DreamFactory 7.7.0 stored them. */
const RECORDED = {
  key: 'base64:HFnHHkHmcQ+mO76U+QsD6AGkWtlj2ro9lk9cYMsX720=',
  stored:
    'eyJpdiI6Im1qL2JrQVhIU1hYMHA4ZWkxUmxndXc9PSIsInZhbHVlIjoiREh6OGpnTVBjN2VyNTFLamhMaG96aDZXeUlIZU5yZDBZZGpPS0wwNlBIb1BPbTBqMm0vRTJJRVFWZVhXTCtBeiIsIm1hYyI6IjZjMDExOTgyNDk4YTE5ZjgwMGQ0MjA5YzdlNTI3NDc2ZWJmYWVhN2QxNzM1ZTllZTc2ZjM5MGU1NDMzZTI0YWYiLCJ0YWciOiIifQ==',
  plain: 'a5162e87d59f19af73480c8f',
};

describe('stored secrets', () => {
  it("open the original's", () => {
    expect(createEncrypter({ key: KEY }).decrypt(VECTOR)).toBe('secret');
    expect(createEncrypter({ key: RECORDED.key }).decrypt(RECORDED.stored)).toBe(RECORDED.plain);
  });

  it('open older ones, without tag and with escaped slashes', () => {
    const members = JSON.parse(Buffer.from(RECORDED.stored, 'base64').toString());
    delete members.tag;
    const older = Buffer.from(JSON.stringify(members).replaceAll('/', '\\/')).toString('base64');
    expect(createEncrypter({ key: RECORDED.key }).decrypt(older)).toBe(RECORDED.plain);
  });

  it('come back as they were, in any alphabet, the empty one included', () => {
    for (const cipher of ['AES-256-CBC', 'AES-128-CBC'] as const) {
      const encrypter = createEncrypter({ key: generateAppKey(cipher), cipher });
      for (const text of ['', 'a"b;c', 'ümläut 😀', 'x'.repeat(10_000)]) expect(encrypter.decrypt(encrypter.encrypt(text))).toBe(text);
      expect(encrypter.encrypt('same')).not.toBe(encrypter.encrypt('same'));
    }
  });

  it('have the layout that the original reads', () => {
    const members = JSON.parse(Buffer.from(createEncrypter({ key: KEY }).encrypt('secret'), 'base64').toString());
    expect(Object.keys(members)).toEqual(['iv', 'value', 'mac', 'tag']);
    expect(members).toMatchObject({ tag: '', mac: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('do not open with another key, nor when changed', () => {
    const encrypter = createEncrypter({ key: KEY });
    expect(() => createEncrypter({ key: generateAppKey() }).decrypt(VECTOR)).toThrow(UnreadableSecret);
    const members = JSON.parse(Buffer.from(VECTOR, 'base64').toString());
    for (const change of [{ mac: '00'.repeat(32) }, { mac: '' }, { iv: Buffer.alloc(16).toString('base64') }, { value: 'AAAA' }]) {
      const changed = Buffer.from(JSON.stringify({ ...members, ...change })).toString('base64');
      expect(() => encrypter.decrypt(changed)).toThrow(UnreadableSecret);
    }
    for (const nonsense of ['', 'plain', 'eyJ', 'bnVsbA==']) expect(() => encrypter.decrypt(nonsense)).toThrow(UnreadableSecret);
  });

  it('open with a previous key, and are written with the present one', () => {
    const encrypter = createEncrypter({ key: generateAppKey(), previousKeys: [KEY] });
    expect(encrypter.decrypt(VECTOR)).toBe('secret');
    expect(() => createEncrypter({ key: KEY }).decrypt(encrypter.encrypt('new'))).toThrow(UnreadableSecret);
  });

  it('refuse keys of the wrong length, without showing them', () => {
    for (const key of ['', 'short', 'base64:AAAA', generateAppKey('AES-128-CBC')]) {
      expect(() => createEncrypter({ key })).toThrow(BadKey);
      if (key) expect(() => createEncrypter({ key })).not.toThrow(key);
    }
    expect(() => createEncrypter({ key: 'x'.repeat(32), cipher: 'AES-256-GCM' })).toThrow(BadKey);
    expect(createEncrypter({ key: '0123456789abcdef0123456789abcdef' }).decrypt(VECTOR)).toBe('secret');
  });
});
