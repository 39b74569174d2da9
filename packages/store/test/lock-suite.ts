import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lock } from '../src/lock/lock.ts';
import { type Backend, expectSurvives, type OutageKind, outageOf, passes, until } from './backend.ts';

/** What every lock does. */
export function lockSuite(name: string, start: () => Promise<Backend<Lock>>, outages: readonly OutageKind[] = []): void {
  describe(`the lock ${name}`, () => {
    let backend: Backend<Lock>;
    let lock: Lock;
    let neighbour: Lock;
    let last = 0;
    beforeAll(async () => {
      backend = await start();
      lock = await backend.open();
      neighbour = await backend.open();
      for (const store of [lock, neighbour]) await until(() => passes(() => store.tryAcquire(`ready ${++last}`, 100)));
    });
    afterAll(async () => {
      await lock?.close();
      await neighbour?.close();
      await backend?.close();
    });
    const MINUTE = 60_000;
    const fresh = () => `lock ${++last}`;

    it('is held by one of all who want it at once', async () => {
      const name = fresh();
      const tries = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? lock : neighbour).tryAcquire(name, MINUTE));
      const held = (await Promise.all(tries)).filter((one) => one !== undefined);
      expect(held).toHaveLength(1);
      await held[0]?.release();
    });

    it('disturbs no lock of another name', async () => {
      const [one, two] = [fresh(), fresh()];
      expect(await lock.tryAcquire(one, MINUTE)).toBeDefined();
      expect(await neighbour.tryAcquire(two, MINUTE)).toBeDefined();
    });

    it('is free for all once released', async () => {
      const name = fresh();
      const held = await lock.tryAcquire(name, MINUTE);
      expect(await neighbour.tryAcquire(name, MINUTE)).toBeUndefined();
      await held?.release();
      await held?.release();
      expect(await neighbour.tryAcquire(name, MINUTE)).toBeDefined();
    });

    it('ends when its time is over, and what was lost is neither extended nor released', async () => {
      const name = fresh();
      const lost = await lock.tryAcquire(name, 200);
      let held: Awaited<ReturnType<Lock['tryAcquire']>>;
      await until(async () => {
        held = await neighbour.tryAcquire(name, MINUTE);
        return held !== undefined;
      });
      expect(await lost?.extend(MINUTE)).toBe(false);
      await lost?.release();
      expect(await lock.tryAcquire(name, MINUTE)).toBeUndefined();
      expect(await held?.extend(MINUTE)).toBe(true);
    });

    it('is held on to by extending it', async () => {
      const [extended, left] = [fresh(), fresh()];
      const held = await lock.tryAcquire(extended, 300);
      await lock.tryAcquire(left, 300);
      expect(await held?.extend(MINUTE)).toBe(true);
      await until(async () => (await neighbour.tryAcquire(left, MINUTE)) !== undefined);
      expect(await neighbour.tryAcquire(extended, MINUTE)).toBeUndefined();
    });

    for (const kind of outages) {
      it(`is refused at once, and to be had again, when its server is ${kind === 'cut' ? 'gone' : 'silent'}`, async () => {
        const outage = outageOf(backend, kind);
        await expectSurvives(outage, kind, () => lock.tryAcquire(fresh(), 1000));
        const name = fresh();
        expect(await lock.tryAcquire(name, MINUTE)).toBeDefined();
        expect(await neighbour.tryAcquire(name, MINUTE).catch(() => undefined)).toBeUndefined();
      });
    }
  });
}
