import { describe, expect, it } from 'vitest';
import { AnswerBuffers } from '../../src/postgres/wire/answer-buffers.js';

const KIB = 1024;

describe('buffers of answers', () => {
  it('are used again once they are given back, and never before', () => {
    const buffers = new AnswerBuffers();
    const first = buffers.take(200 * KIB);
    const second = buffers.take(200 * KIB);
    expect(second.buffer).not.toBe(first.buffer);
    first.release();
    expect(buffers.take(190 * KIB).buffer).toBe(first.buffer);
    expect(buffers.take(190 * KIB).buffer).not.toBe(first.buffer);
  });

  it('are lent to one at a time, however often one is given back', () => {
    const buffers = new AnswerBuffers();
    const loan = buffers.take(100 * KIB);
    loan.release();
    loan.release();
    const one = buffers.take(100 * KIB);
    const other = buffers.take(100 * KIB);
    expect(other.buffer).not.toBe(one.buffer);
    loan.release();
    expect(buffers.kept).toBe(0);
  });

  it('fit what they are taken for', () => {
    const buffers = new AnswerBuffers();
    for (const length of [1, 64 * KIB, 64 * KIB + 1, 999_999]) {
      const loan = buffers.take(length);
      expect(loan.buffer.length).toBeGreaterThanOrEqual(length);
      loan.release();
    }
    // A much larger one is kept for what needs it.
    expect(buffers.take(64 * KIB).buffer.length).toBeLessThanOrEqual(3 * 64 * KIB);
  });

  it('wait for use up to a bound', () => {
    const buffers = new AnswerBuffers(256 * KIB);
    const loans = Array.from({ length: 10 }, () => buffers.take(128 * KIB));
    for (const loan of loans) loan.release();
    expect(buffers.kept).toBe(256 * KIB);
  });
});
