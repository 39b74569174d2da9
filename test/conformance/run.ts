import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/**
 * Replays the corpus of recorded requests against a running Headgate and sorts the results by `exceptions.json`: a case that is
 * listed must fail, one that is not must pass.
 */

export const CORPUS = path.resolve(fileURLToPath(import.meta.url), '../../../../shared/conformance');
export const corpusIsThere = existsSync(path.join(CORPUS, 'replay.mjs'));

/** The areas that this version serves. */
export const AREAS: readonly string[] = readJson('areas.json');

/** Why a case fails. `needs` names the part of the product that it exercises besides what this version has. */
export interface Exception {
  readonly reason: string;
  readonly needs?: 'files' | 'related' | 'aggregates' | 'schema-writes' | 'procedures' | 'scripts' | 'limits' | 'remote' | 'mail';
}

export interface CaseResult {
  readonly area: string;
  readonly name: string;
  readonly passed: boolean;
  readonly failure: null | {
    readonly step: number;
    readonly request: string;
    readonly differences: readonly { readonly path: string; readonly expected: unknown; readonly got: unknown }[];
  };
}

interface Replayer {
  runCases(options: {
    base: string;
    callers: unknown;
    dirs: string[];
    areas: readonly string[];
    names?: readonly string[];
  }): Promise<{ results: CaseResult[] }>;
}

export interface Judgement {
  readonly total: number;
  readonly passed: number;
  /** Of the cases that need nothing outside this version. */
  readonly inScope: { readonly total: number; readonly passed: number };
  readonly unexpectedFailures: readonly string[];
  readonly unexpectedPasses: readonly string[];
  /** Listed cases that do not exist. */
  readonly unknownExceptions: readonly string[];
  /** Areas of which no case ran: the corpus has moved, or the replayer found nothing. */
  readonly emptyAreas: readonly string[];
}

export async function provision(base: string, admin: { email: string; password: string }, database: string): Promise<unknown> {
  const script = path.join(CORPUS, 'provision.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    '--base',
    base,
    '--admin',
    `${admin.email}:${admin.password}`,
    '--database',
    database,
  ]);
  return JSON.parse(stdout);
}

export async function replay(base: string, callers: unknown, areas: readonly string[] = AREAS): Promise<CaseResult[]> {
  const replayer = (await import(pathToFileURL(path.join(CORPUS, 'replay.mjs')).href)) as Replayer;
  const { results } = await replayer.runCases({ base, callers, dirs: [path.join(CORPUS, 'cases')], areas });
  return results;
}

export function readExceptions(): Record<string, Exception> {
  return readJson('exceptions.json');
}

/** A file beside this one, which the project keeps itself and trusts. */
function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as T;
}

export function judge(
  results: readonly CaseResult[],
  exceptions: Readonly<Record<string, Exception>>,
  areas: readonly string[] = AREAS,
): Judgement {
  const name = (result: CaseResult) => `${result.area}/${result.name}`;
  const known = new Set(results.map(name));
  const needsNothing = results.filter((result) => exceptions[name(result)]?.needs === undefined);
  return {
    total: results.length,
    passed: results.filter((result) => result.passed).length,
    inScope: { total: needsNothing.length, passed: needsNothing.filter((result) => result.passed).length },
    unexpectedFailures: results
      .filter((result) => !result.passed && !exceptions[name(result)])
      .map((result) => `${name(result)}: ${describe(result)}`),
    unexpectedPasses: results.filter((result) => result.passed && exceptions[name(result)]).map(name),
    unknownExceptions: Object.keys(exceptions).filter((listed) => !known.has(listed)),
    emptyAreas: areas.filter((area) => !results.some((result) => result.area === area)),
  };
}

function describe({ failure }: CaseResult): string {
  const first = failure?.differences[0];
  if (!failure || !first) return 'failed';
  return `step ${failure.step} ${failure.request}: ${first.path}: expected ${shorten(first.expected)}, got ${shorten(first.got)}`;
}

const shorten = (value: unknown) => String(JSON.stringify(value) ?? value).slice(0, 240);
