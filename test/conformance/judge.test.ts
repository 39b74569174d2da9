import { describe, expect, it } from 'vitest';
import { AREAS, type CaseResult, judge, readExceptions } from './run.js';

const passed = (area: string, name: string): CaseResult => ({ area, name, passed: true, failure: null });
const failed = (area: string, name: string): CaseResult => ({
  area,
  name,
  passed: false,
  failure: { step: 2, request: 'GET /api/v2/db', differences: [{ path: 'status', expected: 200, got: 404 }] },
});
const AREA = ['errors'];

describe('the judgement of a replay', () => {
  it('finds nothing to object to when the listed cases fail and the others pass', () => {
    const results = [passed('errors', 'one'), failed('errors', 'two'), failed('errors', 'three')];
    expect(judge(results, { 'errors/two': { reason: 'by decision' }, 'errors/three': { reason: 'later', needs: 'files' } }, AREA)).toEqual({
      total: 3,
      passed: 1,
      inScope: { total: 2, passed: 1 },
      unexpectedFailures: [],
      unexpectedPasses: [],
      unknownExceptions: [],
      emptyAreas: [],
    });
  });

  it('reports a failure that is not listed, with what differed', () => {
    const { unexpectedFailures } = judge([failed('errors', 'one')], {}, AREA);
    expect(unexpectedFailures).toEqual(['errors/one: step 2 GET /api/v2/db: status: expected 200, got 404']);
  });

  it('reports a failure of which the replayer said no more', () => {
    expect(judge([{ ...failed('errors', 'one'), failure: null }], {}, AREA).unexpectedFailures).toEqual(['errors/one: failed']);
  });

  it('reports a listed case that passes', () => {
    expect(judge([passed('errors', 'one')], { 'errors/one': { reason: 'was so once' } }, AREA).unexpectedPasses).toEqual(['errors/one']);
  });

  it('reports a listed case that does not exist', () => {
    expect(judge([passed('errors', 'one')], { 'errors/won': { reason: 'misspelt' } }, AREA).unknownExceptions).toEqual(['errors/won']);
  });

  it('reports an area of which nothing ran', () => {
    expect(judge([passed('errors', 'one')], {}, ['errors', 'views']).emptyAreas).toEqual(['views']);
    expect(judge([], {}).emptyAreas).toEqual(AREAS);
  });
});

describe('the listed exceptions', () => {
  it.each(Object.entries(readExceptions()))('%s has a reason and lies in an area that is replayed', (listed, exception) => {
    expect(exception.reason.length).toBeGreaterThan(20);
    expect(AREAS).toContain(listed.slice(0, listed.indexOf('/')));
  });
});
