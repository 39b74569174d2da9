import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { ADMIN, type RunningHeadgate, startHeadgate } from '../headgate.js';
import { type CaseResult, corpusIsThere, judge, provision, readExceptions, replay } from './run.js';
import { loadSample } from './sample.js';

// The corpus lies beside the project, not in it. Where it must be there (CI), its absence is a failure and not a skip.
describe.skipIf(!corpusIsThere && !process.env.CI)('the recorded requests of DreamFactory 7.7', () => {
  let headgate: RunningHeadgate;
  let results: CaseResult[];

  beforeAll(async () => {
    const database = await postgresServer();
    if (database === undefined) throw new Error('the recorded requests need a PostgreSQL server');
    await loadSample(database);
    headgate = await startHeadgate({ args: ['--no-sample'], env: { DF_ALLOW_FOREVER_SESSIONS: 'false', APP_LOG_LEVEL: 'warning' } });
    results = await replay(headgate.origin, await provision(headgate.origin, ADMIN, database));
  }, 600_000);

  afterAll(() => headgate?.stop());

  it('are answered as recorded, but for the listed exceptions', () => {
    const judgement = judge(results, readExceptions());
    expect(judgement.emptyAreas).toEqual([]);
    expect(judgement.unknownExceptions).toEqual([]);
    expect(judgement.unexpectedPasses).toEqual([]);
    expect(judgement.unexpectedFailures).toEqual([]);
  });

  it('pass to at least 92%, and to at least 97% of those that need nothing outside this version', () => {
    const { total, passed, inScope } = judge(results, readExceptions());
    console.log(`conformance: ${passed} of ${total}; of those in scope ${inScope.passed} of ${inScope.total}`);
    expect(passed / total).toBeGreaterThanOrEqual(0.92);
    expect(inScope.passed / inScope.total).toBeGreaterThanOrEqual(0.97);
  });
});
