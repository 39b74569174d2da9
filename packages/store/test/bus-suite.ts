import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../src/bus/bus.ts';
import { type Backend, type OutageKind, outageOf, until } from './backend.ts';

/** What every bus does. */
export function busSuite(name: string, start: () => Promise<Backend<Bus>>, outages: readonly OutageKind[] = []): void {
  describe(`the bus ${name}`, () => {
    let backend: Backend<Bus>;
    let bus: Bus;
    let neighbour: Bus;
    let lastTopic = 0;
    beforeAll(async () => {
      backend = await start();
      bus = await backend.open();
      neighbour = await backend.open();
      await until(() => bus.isConnected && neighbour.isConnected);
    });
    afterAll(async () => {
      await bus?.close();
      await neighbour?.close();
      await backend?.close();
    });

    /** What a bus hears on a topic. A subscription holds from some moment on: this waits for it. */
    const heard = async (topic: string, ...buses: Bus[]) => {
      const lists = buses.map((of) => {
        const list: string[] = [];
        of.subscribe(topic, (message) => list.push(message));
        return list;
      });
      await until(() => {
        bus.publish(topic, 'warm');
        return lists.every((list) => list.length > 0);
      });
      // The last of the warming messages must not be taken for one of the test.
      const mark = `mark ${topic}`;
      bus.publish(topic, mark);
      await until(() => lists.every((list) => list.includes(mark)));
      for (const list of lists) list.length = 0;
      return lists;
    };
    const topic = () => `topic ${++lastTopic}`;

    it('tells all subscribers, the own ones too, in the order of the sender', async () => {
      const to = topic();
      const lists = await heard(to, bus, bus, neighbour);
      const messages = Array.from({ length: 100 }, (_, index) => `message ${index} é 日本 ${'x'.repeat(index * 100)}`);
      for (const message of messages) neighbour.publish(to, message);
      await until(() => lists.every((list) => list.length >= 100));
      for (const list of lists) expect(list).toEqual(messages);
    });

    it('tells nobody of another topic', async () => {
      const [one, two] = [topic(), topic()];
      const [ofOne = []] = await heard(one, bus);
      const [ofTwo = []] = await heard(two, bus);
      neighbour.publish(two, 'for two');
      neighbour.publish(one, 'for one');
      await until(() => ofOne.length > 0 && ofTwo.length > 0);
      expect(ofOne).toEqual(['for one']);
      expect(ofTwo).toEqual(['for two']);
    });

    it('never calls a listener before publish returns', async () => {
      const to = topic();
      const [list = []] = await heard(to, bus);
      bus.publish(to, 'x');
      expect(list).toEqual([]);
      await until(() => list.length === 1);
    });

    it('stops telling those who unsubscribed, and only them', async () => {
      const to = topic();
      const [kept = []] = await heard(to, bus);
      const gone: string[] = [];
      const unsubscribe = bus.subscribe(to, (message) => gone.push(message));
      unsubscribe();
      unsubscribe();
      bus.publish(to, 'x');
      await until(() => kept.length === 1);
      expect(gone).toEqual([]);
    });

    it('tells the others where a listener fails', async () => {
      const to = topic();
      bus.subscribe(to, () => {
        throw new Error('a listener that fails');
      });
      const [list = []] = await heard(to, bus);
      bus.publish(to, 'x');
      await until(() => list.length === 1);
    });

    for (const kind of outages) {
      it(`says so, loses what is published, and comes back by itself when its server is ${kind === 'cut' ? 'gone' : 'silent'}`, async () => {
        const outage = outageOf(backend, kind);
        const to = topic();
        const [list = []] = await heard(to, bus);
        let reconnects = 0;
        bus.onReconnect(() => {
          reconnects++;
        });
        await outage[kind]?.();
        await until(() => !bus.isConnected);
        for (let i = 0; i < 100; i++) bus.publish(to, 'lost');
        expect(reconnects).toBe(0);
        await outage.restore();
        await until(() => bus.isConnected && reconnects > 0);
        await until(() => {
          neighbour.publish(to, 'back');
          return list.includes('back');
        });
        expect(list).not.toContain('lost');
      });
    }
  });
}
