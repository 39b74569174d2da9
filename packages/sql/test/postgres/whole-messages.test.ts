import { describe, expect, it } from 'vitest';
import { wholeMessages } from '../../src/postgres/whole-messages.js';

function message(type: string, size: number): Buffer {
  const bytes = Buffer.alloc(5 + size, type);
  bytes.writeUInt32BE(4 + size, 1);
  return bytes;
}

/** The same pseudo-random numbers on every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state;
  }
}

function isWhole(bytes: Buffer): boolean {
  let end = 0;
  while (end < bytes.length) end += 1 + bytes.readUInt32BE(end + 1);
  return end === bytes.length;
}

describe('a parser behind whole messages', () => {
  it('sees every byte in order, and never a part of a message, however the bytes arrive', () => {
    const random = numbers(7);
    for (let round = 0; round < 300; round++) {
      const sent = Buffer.concat(
        Array.from({ length: 1 + (random.next().value % 8) }, (_, index) => message('DCTZ'[index % 4]!, random.next().value % 300)),
      );
      const seen: Buffer[] = [];
      const take = wholeMessages((bytes) => void seen.push(Buffer.from(bytes)), { takeRow: undefined });
      for (let start = 0; start < sent.length; ) {
        const end = start + 1 + (random.next().value % 64);
        take(sent.subarray(start, end));
        start = end;
      }
      expect(Buffer.concat(seen).equals(sent)).toBe(true);
      expect(seen.every(isWhole)).toBe(true);
    }
  });

  it('sees what came at once at once', () => {
    const seen: number[] = [];
    const take = wholeMessages((bytes) => void seen.push(bytes.length), { takeRow: undefined });
    take(Buffer.concat([message('T', 20), message('D', 100), message('Z', 1)]));
    expect(seen).toEqual([25 + 105 + 6]);
  });

  it('gets a message of an absurd length as it arrives, with nothing reserved for it', () => {
    const seen: number[] = [];
    const take = wholeMessages((bytes) => void seen.push(bytes.length), { takeRow: undefined });
    const absurd = Buffer.alloc(100);
    absurd.writeUInt32BE(0xffff_ffff, 1);
    const before = process.memoryUsage().arrayBuffers;
    take(absurd);
    take(Buffer.alloc(50));
    expect(seen).toEqual([100, 50]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });
});
