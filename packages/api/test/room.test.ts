import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Room } from '../src/index.ts';

const ANYBODY = { mayBeAdmin: false, share: undefined };
const MAYBE_ADMIN = { mayBeAdmin: true, share: undefined };

function filled(room: Room, calls: number, arrival: Parameters<Room['enter']>[0] = MAYBE_ADMIN): Room {
  for (let call = 0; call < calls; call++) room.enter(arrival);
  return room;
}

const refused = (reason: string) => expect.objectContaining({ reason, status: 503 });

describe('the room of a worker', () => {
  it('has its last tenth for administrators', () => {
    const room = filled(new Room(100), 90, ANYBODY);
    expect(() => room.enter(ANYBODY)).toThrow(refused('overloaded'));
    room.enter(MAYBE_ADMIN);
    expect(() => room.checkPriority(false)).toThrow(refused('overloaded'));
    expect(() => room.checkPriority(true)).not.toThrow();
    filled(room, 9);
    expect(() => room.enter(MAYBE_ADMIN)).toThrow(refused('overloaded'));
    expect(room.inside).toBe(100);
    expect(room.refused).toEqual({ capacity: 3, service: 0, closed: 0 });
  });

  it('lets one service have two thirds of what is for everybody, and leaves the rest to others', () => {
    const room = new Room(100);
    for (let call = 0; call < 60; call++) {
      room.enter(ANYBODY);
      room.enterService('slow', false);
    }
    const slow = room.shareOf('slow');
    expect(() => room.enter({ mayBeAdmin: false, share: slow })).toThrow(refused('overloaded'));
    expect(room.shareOf('other')).toBeUndefined();
    room.enter(ANYBODY);
    expect(() => room.enterService('slow', false)).toThrow(
      expect.objectContaining({ reason: 'source_busy', status: 503, message: "Service 'slow' is busy." }),
    );
    expect(() => room.enterService('slow', true)).not.toThrow();
    expect(() => room.enterService('other', false)).not.toThrow();
  });

  it('leaves something free however many services are slow', () => {
    const room = new Room(1000);
    for (const service of ['a', 'b', 'c', 'd']) {
      for (;;) {
        try {
          room.enter({ mayBeAdmin: false, share: room.shareOf(service) });
          room.enterService(service, false);
        } catch {
          break;
        }
      }
    }
    expect(() => room.enter(ANYBODY)).not.toThrow();
    expect(() => room.enterService('healthy', false)).not.toThrow();
  });

  it('gets smaller while the event loop stays late, and grows back within five seconds', () => {
    const room = filled(new Room(1000), 400);
    room.adapt(300);
    expect(room.limit).toBe(1000);
    room.adapt(300);
    expect(room.limit).toBe(280);
    for (let round = 0; round < 50; round++) room.adapt(900);
    expect(room.limit).toBe(50);
    for (let call = 0; call < 400; call++) room.leave();
    for (let round = 0; round < 25; round++) room.adapt(1);
    expect(room.limit).toBe(1000);
  });
});

describe('the advice to refused clients', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const refusal = (room: Room): { retryAfter: number; context: unknown; message: string } => {
    try {
      room.enter(ANYBODY);
    } catch (error) {
      return error as never;
    }
    throw new Error('the room is not full');
  };

  it('is the document of the contract, to wait longer the longer it lasts, up to a minute, and begins anew after a pause', () => {
    const room = new Room(0);
    expect(refusal(room)).toMatchObject({
      message: 'The server is busy. Wait, then retry with exponential backoff.',
      retryAfter: 1,
      context: { retry_after: 1, backoff: 'exponential' },
    });
    const waits: number[] = [];
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1_000);
      waits.push(refusal(room).retryAfter);
    }
    expect(waits[5]).toBeGreaterThanOrEqual(2);
    expect(waits[15]).toBeGreaterThanOrEqual(8);
    expect(waits[15]).toBeLessThanOrEqual(10);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60);
    expect(waits.at(-1)).toBe(60);
    vi.advanceTimersByTime(6_000);
    expect(refusal(room).retryAfter).toBe(1);
  });

  it('differs from client to client', () => {
    const room = new Room(0);
    refusal(room);
    for (let second = 0; second < 20; second++) {
      vi.advanceTimersByTime(1_000);
      refusal(room);
    }
    expect(new Set(Array.from({ length: 100 }, () => refusal(room).retryAfter)).size).toBeGreaterThan(2);
  });
});
