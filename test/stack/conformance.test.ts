import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CaseResult, corpusIsThere, judge, provision, readExceptions, replay } from '../conformance/run.ts';
import { loadSample } from '../conformance/sample.ts';
import { ADMIN, type Stack, startStack, until } from './compose.ts';

// As test/conformance does with one process. The corpus lies beside the project, not in it; in CI its absence is a failure.
describe.skipIf(!corpusIsThere && !process.env.CI)(
  'the recorded requests of DreamFactory 7.7, through the balancer over three workers',
  () => {
    let stack: Stack;
    let results: CaseResult[];

    beforeAll(async () => {
      const environment = { POSTGRES_USER: 'corpus', POSTGRES_PASSWORD: 'corpus', POSTGRES_DB: 'sample' };
      stack = await startStack({
        env: { DF_ALLOW_FOREVER_SESSIONS: 'false' },
        overlay: {
          services: {
            corpus: { image: 'postgres:17', environment, tmpfs: ['/var/lib/postgresql/data'], networks: ['data', 'edge'] },
          },
        },
      });
      const [database] = await stack.containers('corpus');
      const addressAt = (host: string) => `postgres://corpus:corpus@${host}:5432/sample`;
      await until(async () => {
        const ready = await stack.exec('corpus', ['pg_isready', '-q', '-h', '127.0.0.1', '-U', 'corpus', '-d', 'sample']);
        return ready.code === 0;
      }, 'the database of the corpus');
      await loadSample(addressAt(database!.address));
      results = await replay(stack.origin, await provision(stack.origin, ADMIN, addressAt('corpus')));
    }, 600_000);
    afterAll(() => stack?.down());

    it('are answered exactly as one worker answers them', () => {
      const judgement = judge(results, readExceptions());
      console.info(`conformance through the balancer: ${judgement.passed} of ${judgement.total}`);
      expect(judgement.emptyAreas).toEqual([]);
      expect(judgement.unknownExceptions).toEqual([]);
      expect(judgement.unexpectedPasses).toEqual([]);
      expect(judgement.unexpectedFailures).toEqual([]);
    });

    it('were served by all three', async () => {
      const served = (await stack.statistics()).map(({ columns }) => Number(columns.stot));
      expect(served).toHaveLength(3);
      for (const calls of served) expect(calls).toBeGreaterThan(results.length / 10);
    });
  },
);
