import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CounterStore, Hit } from '../src/counters/counter-store.ts';
import { type Backend, expectSurvives, type OutageKind, outageOf, passes, until } from './backend.ts';

const MINUTE = 60_000;
let lastKey = 0;
/** A hit on a counter that no other case uses, unless it is told to be another one's. */
const hit = (limit: number, of: Partial<Hit> = {}): Hit => ({
  key: `counter ${++lastKey}`,
  limit,
  windowMs: MINUTE,
  isEnforced: true,
  ...of,
});

/** What every counter store does (operations.md 1.11). */
export function counterStoreSuite(name: string, start: () => Promise<Backend<CounterStore>>, outages: readonly OutageKind[] = []): void {
  describe(`the counters ${name}`, () => {
    let backend: Backend<CounterStore>;
    let counters: CounterStore;
    let neighbour: CounterStore;
    beforeAll(async () => {
      backend = await start();
      counters = await backend.open();
      neighbour = await backend.open();
      for (const store of [counters, neighbour]) await until(() => passes(() => store.peek(['ready'])));
    });
    afterAll(async () => {
      await counters?.close();
      await neighbour?.close();
      await backend?.close();
    });
    const countOf = async ({ key }: Hit, store = counters) => (await store.peek([key]))[0]?.count;

    it('let exactly as many calls pass as the limit allows, however many come at once from wherever', async () => {
      const narrow = hit(37);
      const wide = hit(1000);
      const calls = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? counters : neighbour).take([narrow, wide]));
      const verdicts = await Promise.all(calls);
      expect(verdicts.filter(({ isAllowed }) => isAllowed)).toHaveLength(37);
      expect(await countOf(narrow, neighbour)).toBe(37);
      expect(await countOf(wide)).toBe(37);
      expect(verdicts.filter(({ counts }) => counts[0]?.isFirstRefusal)).toHaveLength(1);
    });

    it('count nothing of a call that one of its limits refuses', async () => {
      const tight = hit(1);
      const [before, after, watched] = [hit(10), hit(10), hit(10, { isEnforced: false })];
      await counters.take([tight]);
      const { isAllowed, counts } = await counters.take([before, tight, after, watched]);
      expect(isAllowed).toBe(false);
      expect(counts.map(({ key }) => key)).toEqual([before, tight, after, watched].map(({ key }) => key));
      expect(counts.map(({ isRefused }) => isRefused)).toEqual([false, true, false, false]);
      expect(counts.map(({ count }) => count)).toEqual([0, 1, 0, 0]);
      for (const other of [before, after, watched]) expect(await countOf(other)).toBe(0);
    });

    it('tell of every limit that refuses', async () => {
      const [one, two] = [hit(1), hit(1)];
      await counters.take([one, two]);
      const { counts } = await counters.take([one, two]);
      expect(counts.map(({ isRefused, isFirstRefusal }) => [isRefused, isFirstRefusal])).toEqual([
        [true, true],
        [true, true],
      ]);
      const again = await neighbour.take([one, two]);
      expect(again.counts.map(({ isRefused, isFirstRefusal }) => [isRefused, isFirstRefusal])).toEqual([
        [true, false],
        [true, false],
      ]);
    });

    it('count past a limit that is not enforced', async () => {
      const watched = hit(2, { isEnforced: false });
      for (let i = 1; i <= 5; i++) {
        const { isAllowed, counts } = await counters.take([watched]);
        expect([isAllowed, counts[0]?.count]).toEqual([true, i]);
      }
    });

    it('start a window with its first hit and end it exactly then, by one clock for all', async () => {
      const short = hit(2, { windowMs: 700 });
      const first = await counters.take([short]);
      const second = await neighbour.take([short]);
      const refused = await counters.take([short]);
      const began = performance.now();
      expect(first.counts[0]?.endsInMs).toBeGreaterThan(600);
      expect(first.counts[0]?.endsInMs).toBeLessThanOrEqual(700);
      expect(new Set([first, second, refused].map(({ counts }) => counts[0]?.endsAt)).size).toBe(1);
      expect(refused.isAllowed).toBe(false);
      const left = refused.counts[0]?.endsInMs ?? 0;
      await until(async () => (await counters.take([short])).isAllowed);
      const waited = performance.now() - began;
      expect(waited).toBeGreaterThan(left - 20);
      expect(waited).toBeLessThan(left + 300);
      expect(await countOf(short)).toBe(1);
    });

    it('tell the first refusal of each window', async () => {
      const short = hit(1, { windowMs: 300 });
      const firstRefusals = async () => {
        await until(async () => (await counters.take([short])).isAllowed);
        const refusals = [await counters.take([short]), await neighbour.take([short])];
        return refusals.map(({ isAllowed, counts }) => [isAllowed, counts[0]?.isFirstRefusal]);
      };
      const expected = [
        [false, true],
        [false, false],
      ];
      expect(await firstRefusals()).toEqual(expected);
      await until(async () => (await countOf(short)) === 0);
      expect(await firstRefusals()).toEqual(expected);
    });

    it('hold a window of thirty days', async () => {
      const month = hit(5, { windowMs: 2_592_000_000 });
      const { counts } = await counters.take([month]);
      expect(counts[0]?.endsInMs).toBeGreaterThan(2_591_990_000);
      expect(counts[0]?.endsInMs).toBeLessThanOrEqual(2_592_000_000);
    });

    it('apply a changed limit to the window that runs', async () => {
      const limit = hit(1);
      await counters.take([limit]);
      expect((await counters.take([limit])).isAllowed).toBe(false);
      expect((await counters.take([{ ...limit, limit: 3 }])).isAllowed).toBe(true);
      expect((await counters.take([{ ...limit, limit: 2 }])).isAllowed).toBe(false);
    });

    it('show counters without touching them, in the order asked for', async () => {
      const limit = hit(5);
      await counters.take([limit]);
      const shown = await neighbour.peek(['never hit', limit.key]);
      expect(shown.map(({ key, count }) => [key, count])).toEqual([
        ['never hit', 0],
        [limit.key, 1],
      ]);
      expect(shown[0]).toMatchObject({ endsInMs: 0, endsAt: 0 });
      expect(shown[1]?.endsInMs).toBeGreaterThan(MINUTE - 5000);
      expect(await countOf(limit)).toBe(1);
    });

    it('start anew after a reset, for those counters alone', async () => {
      const [cleared, kept] = [hit(1), hit(1)];
      await counters.take([cleared, kept]);
      await neighbour.reset([cleared.key, 'never hit']);
      expect((await counters.take([kept])).isAllowed).toBe(false);
      const refusal = await counters.take([cleared]);
      expect(refusal.isAllowed).toBe(true);
      expect((await counters.take([cleared])).counts[0]?.isFirstRefusal).toBe(true);
    });

    it('take keys of every form', async () => {
      const keys = ['limit:{7}', 'a b', '*', '[x]', 'é'];
      const hits = keys.map((key) => hit(1, { key }));
      await counters.reset(keys);
      expect((await counters.take(hits)).isAllowed).toBe(true);
      await counters.reset(['*', '[x]']);
      expect((await counters.peek(keys)).map(({ count }) => count)).toEqual([1, 1, 0, 0, 1]);
    });

    it('let a call pass that touches no limit', async () => {
      expect(await counters.take([])).toEqual({ isAllowed: true, counts: [] });
      expect(await counters.peek([])).toEqual([]);
      await counters.reset([]);
    });

    it('refuse hits that make no sense', async () => {
      const limit = hit(1);
      for (const hits of [[limit, limit], [hit(0)], [hit(1.5)], [hit(1, { windowMs: 0 })]]) {
        await expect(counters.take(hits)).rejects.toThrow(RangeError);
      }
      expect(await countOf(limit)).toBe(0);
    });

    for (const kind of outages) {
      it(`refuse at once, and serve again by themselves, when their server is ${kind === 'cut' ? 'gone' : 'silent'}`, async () => {
        const outage = outageOf(backend, kind);
        const limit = hit(1_000_000);
        await expectSurvives(outage, kind, () => counters.take([limit]));
        const before = (await countOf(limit)) ?? 0;
        await counters.take([limit]);
        expect(await countOf(limit)).toBe(before + 1);
      });
    }

    const mayBeCut = outages.includes('cut');
    if (mayBeCut)
      it('never count a call twice over a lost connection', async () => {
        const outage = outageOf(backend, 'cut');
        const limit = hit(1_000_000);
        await until(() => passes(() => counters.peek([limit.key])));
        const calls = Array.from({ length: 200 }, () => counters.take([limit]).then(() => true));
        await outage.cut?.();
        const outcomes = await Promise.allSettled(calls);
        await outage.restore();
        await until(() => passes(() => counters.peek([limit.key])));
        const counted = outcomes.filter(({ status }) => status === 'fulfilled').length;
        expect(await countOf(limit)).toBeGreaterThanOrEqual(counted);
        expect(await countOf(limit)).toBeLessThanOrEqual(200);
      });
  });
}
