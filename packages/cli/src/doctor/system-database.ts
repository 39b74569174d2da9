import { existsSync } from 'node:fs';
import { HeadgateError, type Settings } from '@headgate/core';
import {
  BadKey,
  CONNECTIONS_BESIDE_POOL,
  ForeignInstallation,
  inspectSystemServer,
  type Member,
  type SystemDatabaseOptions,
  type SystemServerFacts,
  schemaVersion,
  UnfitSchema,
  waitForSchema,
} from '@headgate/system-db';
import { checkClock } from './clock.js';
import { type Finding, ok, problem, warning } from './finding.js';

const CHECK = 'system database';

/** The server and the schema. `facts` is undefined where nothing further can be asked of it. */
export async function checkSystemDatabase(options: SystemDatabaseOptions): Promise<{ findings: Finding[]; facts?: SystemServerFacts }> {
  if (options.dialect === 'sqlite' && !existsSync(options.file ?? ''))
    return { findings: [problem(CHECK, 'there is none yet', 'Run ./headgate start, or name its data folder with --data.')] };
  let facts: SystemServerFacts;
  try {
    facts = await inspectSystemServer(options);
  } catch (error) {
    return { findings: [problem(CHECK, `does not answer (${reasonOf(error)})`, 'Start it, and compare the DB_* settings with its own.')] };
  }
  const findings = [ok(CHECK, facts.server), ...checkClock(CHECK, 'the system database', facts.clockAheadMs)];
  try {
    await waitForSchema(options, { patience: 0 });
    findings.push(ok('schema', schemaVersion));
  } catch (error) {
    const isKnown = error instanceof UnfitSchema || error instanceof ForeignInstallation;
    return { findings: [...findings, problem('schema', isKnown ? error.message : reasonOf(error), 'See docs/operating.md, Upgrade.')] };
  }
  findings.push(
    facts.hasTriggers
      ? ok('triggers', 'installed: changes by others hold at once')
      : warning(
          'triggers',
          'not installed: changes that others make by SQL are seen within 30 seconds',
          'Let the user of migrate make triggers, and run ./headgate migrate.',
        ),
  );
  return { findings, facts };
}

/** Whether the configured key opens the stored secrets. */
export async function checkKey(open: () => Promise<unknown>): Promise<Finding[]> {
  try {
    await open();
    return [ok('key', 'opens the stored secrets')];
  } catch (error) {
    if (!(error instanceof BadKey)) throw error;
    return [problem('key', error.message, './headgate key --show prints the key that is used; the right one may be in a backup.')];
  }
}

/** What all workers together may open, against what the server gives. */
export function checkConnections({ database }: Settings, facts: SystemServerFacts, members: readonly Member[]): Finding[] {
  if (facts.maxConnections === undefined) return [];
  const workers = Math.max(1, members.length);
  const each = database.poolMax + CONNECTIONS_BESIDE_POOL;
  const sum = `${workers} workers x (${database.poolMax} of DB_POOL_MAX + ${CONNECTIONS_BESIDE_POOL}) = ${workers * each}; the server gives ${facts.maxConnections}`;
  const present = facts.connections === undefined ? '' : `, ${facts.connections} are in use`;
  if (workers * each <= facts.maxConnections) return [ok('connections', `${sum}${present}`)];
  return [warning('connections', `${sum}${present}`, 'Lower DB_POOL_MAX, run fewer workers, or raise max_connections.')];
}

/** A code, or the words of the driver without any address. */
function reasonOf(error: unknown): string {
  const cause = error instanceof HeadgateError ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'no connection';
}
