import { afterAll, beforeAll, expect } from 'vitest';
import { Faults } from './contract.js';
import { type App, FOREIGN_TEXT, type GuardedApi, ownNotes, READ_WRITE, startGuardedApi } from './guarded-api.js';
import type { CallOptions } from './http.js';
import { Random } from './random.js';

/** Calls of one `fuzz`, unless it asks for more. */
export const ROUNDS = 400;

/** A running Headgate at which random calls are thrown. */
export class Fuzzing {
  api!: GuardedApi;
  /** Sees its own notes alone. */
  own!: App;
  /** May do everything with the database and the user service. */
  all!: App;
  /** The administrator's. */
  token!: string;

  /** Registers the start and end with the tests of the file. */
  constructor(database: string | undefined) {
    beforeAll(async () => {
      this.api = await startGuardedApi({ database: database! });
      this.own = await this.api.appWith('own-notes', [ownNotes(), { service: 'crm', component: '_schema/*', verbs: 1 }]);
      this.all = await this.api.appWith('all', [
        { service: 'crm', component: '*', verbs: READ_WRITE },
        { service: 'user', component: '*', verbs: READ_WRITE },
      ]);
      this.token = await this.api.headgate.token();
    });
    afterAll(async () => {
      await this.api?.close();
    });
  }

  /** Runs `ROUNDS` random calls, several at a time, and looks at every answer. */
  async fuzz(seed: number, one: (random: Random) => readonly [string, CallOptions], rounds = ROUNDS): Promise<void> {
    const random = new Random(seed);
    const faults = new Faults();
    const calls = Array.from({ length: rounds }, () => one(random));
    for (let start = 0; start < calls.length; start += 8)
      await Promise.all(
        calls.slice(start, start + 8).map(async ([target, options]) => {
          const answer = await this.api.call(target, { key: this.own.key, ...options });
          const asked = `${target} ${JSON.stringify({ ...options, body: Buffer.isBuffer(options.body) ? options.body.toString('latin1') : options.body })}`;
          faults.check(answer, asked);
          if (options.key === undefined && options.token === undefined) expect(answer.text.includes(FOREIGN_TEXT), asked).toBe(false);
        }),
      );
    faults.expectNone();
  }
}
