import { SourceBusy } from '@headgate/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/dialect/dialect.js';
import { WaitingCalls } from '../../src/source/waiting-calls.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const connection = {} as Connection;

function queueOf(calls: number): WaitingCalls {
  const waiting = new WaitingCalls({ most: 1_000, unquestioned: 4, longestMs: 500 });
  for (let call = 0; call < calls; call++) void waiting.wait(undefined, 10_000, () => SourceBusy('db')).catch(() => {});
  return waiting;
}

describe('calls that wait for a connection', () => {
  it('do not take the time that the first connection takes for that of all', () => {
    const waiting = queueOf(10);
    vi.advanceTimersByTime(200);
    waiting.first?.take(connection);
    expect(waiting.isFull).toBe(false);
    vi.advanceTimersByTime(10);
    waiting.first?.take(connection);
    expect(waiting.isFull).toBe(false);
  });

  it('are full when connections come free too slowly for one more', () => {
    const waiting = queueOf(10);
    for (let come = 0; come < 3; come++) {
      vi.advanceTimersByTime(100);
      waiting.first?.take(connection);
    }
    expect(waiting.isFull).toBe(true);
  });
});
