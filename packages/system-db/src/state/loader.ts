import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@headgate/core';
import { all, equals } from '../condition.js';
import type { ConfigOf } from '../config/type-info.js';
import { EVERYTHING, LAST_CHANGE, rememberedChange } from '../database/raise.js';
import type { RecordReader, Version, VersionedSystemDatabase } from '../system-database.js';
import { versionTable } from '../tables/headgate.js';
import type { AppRecord, Configuration } from './configuration.js';
import { type Ids, readApps, readCors, readLookups, readRevokedTokens, readRoles, readServices } from './records.js';

/** A configuration and the change up to which it holds. */
export interface Loaded {
  readonly version: Pick<Version, 'number' | 'nonce'>;
  readonly configuration: Configuration;
}

export interface Load extends Loaded {
  /** The users that have moved; `all` where nothing is known of what moved. */
  readonly movedUsers: ReadonlySet<number> | 'all';
  /** Whether all of it was read anew. */
  readonly everything: boolean;
}

/** What has moved since a version; `all` where the database's past is not the one we know (a restore, a failover), or everything did. */
type Moved = 'all' | { readonly ids: (kind: string) => readonly number[]; readonly has: (scope: string) => boolean };

/** Reads what has moved since the last load, all in one snapshot. Records that have not changed stay the same objects. */
export async function loadConfiguration(
  db: VersionedSystemDatabase,
  before: Loaded | undefined,
  { configOf, log, everything }: { readonly configOf: ConfigOf; readonly log: Logger; readonly everything: boolean },
): Promise<Load> {
  return db.snapshot(async (reader) => {
    const version = await lastChange(reader);
    const moved = before && !everything ? await movedSince(reader, before.version, version) : 'all';
    const old = before?.configuration;
    const ids = (kind: string): Ids => (moved === 'all' ? undefined : moved.ids(kind));
    const has = (scope: string) => moved === 'all' || moved.has(scope);

    // A service whose scope was raised gets a new record even where nothing in it differs: that is how its caches are flushed everywhere.
    const services = await patched(old?.services, ids('service'), (some) => readServices(reader, some, configOf), 'renew');
    const roles = await patched(old?.roles, ids('role'), (some) => readRoles(reader, some, log));
    const apps = await patched(old?.apps, ids('app'), (some) => readApps(reader, some));
    const configuration: Configuration = Object.freeze({
      services,
      servicesByName:
        services === old?.services
          ? old.servicesByName
          : new Map([...services.values()].map((service) => [service.name.toLowerCase(), service])),
      roles,
      apps,
      appsByKeyHash: apps === old?.apps ? old.appsByKeyHash : byKeyHash(apps),
      lookups: has('lookup') ? kept(old?.lookups, await readLookups(reader)) : old!.lookups,
      cors: has('cors') ? kept(old?.cors, await readCors(reader)) : old!.cors,
      revokedTokens: has('revocation') ? kept(old?.revokedTokens, await readRevokedTokens(reader)) : old!.revokedTokens,
    });
    return {
      version,
      configuration: old && isSame(old, configuration) ? old : configuration,
      movedUsers: moved === 'all' ? 'all' : new Set(moved.ids('user')),
      everything: moved === 'all',
    };
  });
}

function isSame(left: Configuration, right: Configuration): boolean {
  return (Object.keys(left) as (keyof Configuration)[]).every((part) => left[part] === right[part]);
}

async function lastChange(reader: RecordReader): Promise<Loaded['version']> {
  const row = await reader.findOne(versionTable, equals('scope', LAST_CHANGE));
  return { number: row?.version ?? 0, nonce: row?.nonce ?? '' };
}

async function movedSince(reader: RecordReader, known: Loaded['version'], now: Loaded['version']): Promise<Moved> {
  if (known.number === now.number && known.nonce === now.nonce) return { ids: () => [], has: () => false };
  if (now.number <= known.number || known.number === 0) return 'all';
  const remembered = await reader.findOne(
    versionTable,
    all(equals('scope', rememberedChange(known.number)), equals('version', known.number), equals('nonce', known.nonce)),
  );
  if (!remembered) return 'all';
  const rows = await reader.find(versionTable, { where: { kind: 'compare', column: 'version', operator: '>', value: known.number } });
  const scopes = new Set(rows.map((row) => row.scope));
  if (scopes.has(EVERYTHING)) return 'all';
  return {
    ids: (kind) => [...scopes].filter((scope) => scope.startsWith(`${kind}:`)).map((scope) => Number(scope.slice(kind.length + 1))),
    has: (scope) => scopes.has(scope),
  };
}

/** The records with those of `ids` read anew; the same map where none of them changed. */
async function patched<R extends { readonly id: number }>(
  old: ReadonlyMap<number, R> | undefined,
  ids: Ids,
  read: (ids: Ids) => Promise<R[]>,
  named: 'keep' | 'renew' = 'keep',
): Promise<ReadonlyMap<number, R>> {
  if (old && ids?.length === 0) return old;
  const records = await read(old ? ids : undefined);
  const next = new Map(old && ids ? old : []);
  for (const id of ids ?? []) next.delete(id);
  const renewed = named === 'renew' && ids !== undefined;
  for (const record of records) next.set(record.id, renewed ? record : kept(old?.get(record.id), record));
  const same = old !== undefined && old.size === next.size && [...next].every(([id, record]) => old.get(id) === record);
  return same ? old : new Map([...next].sort(([left], [right]) => left - right));
}

function kept<R>(old: R | undefined, now: R): R {
  return old !== undefined && isDeepStrictEqual(old, now) ? old : now;
}

/** The original does not keep two apps from having one key: the first holds it. */
function byKeyHash(apps: ReadonlyMap<number, AppRecord>): ReadonlyMap<string, AppRecord> {
  const byHash = new Map<string, AppRecord>();
  for (const app of apps.values()) {
    if (!app.apiKey) continue;
    const hash = createHash('sha256').update(app.apiKey).digest('hex');
    if (!byHash.has(hash)) byHash.set(hash, app);
  }
  return byHash;
}
