import { describe, expect, it } from 'vitest';
import { AnswerBuffers } from '../../src/postgres/wire/answer-buffers.js';
import { columnsOf } from '../../src/postgres/wire/data-row.js';
import { wholeMessages } from '../../src/postgres/wire/whole-messages.js';

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

/** A `DataRow` of two texts. */
function row(count: string, json: string): Buffer {
  const columns = [count, json].map((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const head = Buffer.alloc(7);
  head.write('D');
  head.writeUInt32BE(6 + columns.reduce((sum, { length }) => sum + length, 0), 1);
  head.writeInt16BE(2, 5);
  return Buffer.concat([head, ...columns]);
}

describe('rows that are taken past the parser', () => {
  it('come whole and unchanged, long and short, however the bytes arrive in a buffer that is used again', () => {
    const random = numbers(11);
    const buffers = new AnswerBuffers();
    const socket = Buffer.alloc(64 * 1024);
    for (let round = 0; round < 200; round++) {
      const json = `[${String(round)
        .padStart(3, '0')
        .repeat(1 + (random.next().value % (round % 5 === 0 ? 90_000 : 300)))}\u00e4]`;
      const sent = Buffer.concat([message('2', 0), row('7', json), message('C', 10), message('Z', 1)]);
      const parsed: Buffer[] = [];
      const answers: { text: string; release: (() => void) | undefined }[] = [];
      const take = wholeMessages(
        (bytes) => void parsed.push(Buffer.from(bytes)),
        {
          takeRow: (bytes, loan) => {
            const [count, written] = columnsOf(bytes, loan);
            expect(count).toBe('7');
            if (written === null || written === undefined) throw new Error('no JSON');
            answers.push(typeof written === 'string' ? { text: written, release: undefined } : written);
          },
        },
        buffers,
      );
      for (let start = 0; start < sent.length; ) {
        const end = Math.min(sent.length, start + 1 + (random.next().value % 40_000), start + socket.length);
        sent.copy(socket, 0, start, end);
        take(socket.subarray(0, end - start));
        socket.fill(0, 0, end - start);
        start = end;
      }
      expect(answers.map(({ text }) => text)).toEqual([json]);
      answers[0]?.release?.();
      expect(Buffer.concat(parsed).toString('latin1')).toBe(
        Buffer.concat([message('2', 0), message('C', 10), message('Z', 1)]).toString('latin1'),
      );
    }
    expect(buffers.kept).toBeGreaterThan(0);
  });
});
