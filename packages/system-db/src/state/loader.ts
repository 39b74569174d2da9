import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@headgate/core';
import { all, any, equals } from '../condition.js';
import type { ConfigOf } from '../config/type-info.js';
import { EVERYTHING, LAST_CHANGE, rememberedChange } from '../database/raise.js';
import type { RecordReader, Version, VersionedSystemDatabase } from '../system-database.js';
import { versionTable } from '../tables/headgate.js';
import { isSame as isSameChange } from '../workers/change-number.js';
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
  /** Whether what was known before may never have been so in this database: nothing of it is kept. */
  readonly isOfOtherPast: boolean;
}

/** What has moved since a version that we know. */
interface Moved {
  /** Which scopes were raised. */
  readonly scopes: ReadonlySet<string>;
  /** All is to be read, whatever was raised. */
  readonly everything: boolean;
}

export interface LoadOptions {
  readonly configOf: ConfigOf;
  readonly log: Logger;
  /** Reads everything, also what was not raised. */
  readonly everything: boolean;
}

/**
 * Reads what has moved since the last load, all in one snapshot. Records that have not changed stay the same objects, except where the
 * database's past is not the one we know: then nothing is kept.
 */
export async function loadConfiguration(
  db: VersionedSystemDatabase,
  before: Loaded | undefined,
  { configOf, log, everything }: LoadOptions,
): Promise<Load> {
  return db.snapshot(async (reader) => {
    const { version, moved } = await lastChange(reader, before?.version, everything);
    const old = moved && before?.configuration;
    const ids = (kind: string): Ids => (!moved || moved.everything ? undefined : idsOf(moved.scopes, kind));
    const has = (scope: string) => !moved || moved.everything || moved.scopes.has(scope);

    // A service whose scope was raised gets a new record even where nothing in it differs: that is how its caches are flushed everywhere.
    const flushed = new Set(moved && idsOf(moved.scopes, 'service'));
    const [services, roles, apps, lookups, cors, revokedTokens] = await Promise.all([
      patched(old?.services, ids('service'), (some) => readServices(reader, some, configOf), flushed),
      patched(old?.roles, ids('role'), (some) => readRoles(reader, some, log)),
      patched(old?.apps, ids('app'), (some) => readApps(reader, some)),
      has('lookup') ? readLookups(reader).then((now) => kept(old?.lookups, now)) : old!.lookups,
      has('cors') ? readCors(reader).then((now) => kept(old?.cors, now)) : old!.cors,
      has('revocation') ? readRevokedTokens(reader).then((now) => kept(old?.revokedTokens, now)) : old!.revokedTokens,
    ]);
    const configuration: Configuration = Object.freeze({
      services,
      servicesByName:
        services === old?.services
          ? old.servicesByName
          : new Map([...services.values()].map((service) => [service.name.toLowerCase(), service])),
      roles,
      apps,
      appsByKeyHash: apps === old?.apps ? old.appsByKeyHash : byKeyHash(apps),
      lookups,
      cors,
      revokedTokens,
    });
    return {
      version,
      configuration: old && isSame(old, configuration) ? old : configuration,
      movedUsers: !moved || moved.everything ? 'all' : new Set(idsOf(moved.scopes, 'user')),
      everything: !moved || moved.everything,
      isOfOtherPast: before !== undefined && moved === undefined,
    };
  });
}

function isSame(left: Configuration, right: Configuration): boolean {
  return (Object.keys(left) as (keyof Configuration)[]).every((part) => left[part] === right[part]);
}

/**
 * The last change, and what has moved since `known`: undefined where nothing was known, where the database's past is not the one we know (a
 * restore, a failover), or where too much has moved since to tell.
 */
async function lastChange(
  reader: RecordReader,
  known: Loaded['version'] | undefined,
  everything: boolean,
): Promise<{ readonly version: Loaded['version']; readonly moved: Moved | undefined }> {
  const rows = await reader.find(versionTable, {
    where: any(
      equals('scope', LAST_CHANGE),
      ...(known === undefined
        ? []
        : [
            all(equals('scope', rememberedChange(known.number)), equals('version', known.number), equals('nonce', known.nonce)),
            { kind: 'compare', column: 'version', operator: '>', value: known.number } as const,
          ]),
    ),
  });
  const last = rows.find((row) => row.scope === LAST_CHANGE);
  const version = { number: last?.version ?? 0, nonce: last?.nonce ?? '' };
  if (known === undefined) return { version, moved: undefined };
  if (isSameChange(known, version)) return { version, moved: { scopes: new Set(), everything } };
  const isRemembered = rows.some((row) => row.version === known.number && row.scope === rememberedChange(known.number));
  if (version.number <= known.number || known.number === 0 || !isRemembered) return { version, moved: undefined };
  const scopes = new Set(rows.filter((row) => row.version > known.number).map((row) => row.scope));
  return { version, moved: { scopes, everything: everything || scopes.has(EVERYTHING) } };
}

function idsOf(scopes: ReadonlySet<string>, kind: string): number[] {
  return [...scopes].filter((scope) => scope.startsWith(`${kind}:`)).map((scope) => Number(scope.slice(kind.length + 1)));
}

const NONE: ReadonlySet<number> = new Set();

/** The records with those of `ids` read anew, all without `ids`; the same map where none of them changed. Those of `renewed` are new. */
async function patched<R extends { readonly id: number }>(
  old: ReadonlyMap<number, R> | undefined,
  ids: Ids,
  read: (ids: Ids) => Promise<R[]>,
  renewed: ReadonlySet<number> = NONE,
): Promise<ReadonlyMap<number, R>> {
  if (old && ids?.length === 0) return old;
  const records = await read(old ? ids : undefined);
  const next = new Map(old && ids ? old : []);
  for (const id of ids ?? []) next.delete(id);
  for (const record of records) next.set(record.id, renewed.has(record.id) ? record : kept(old?.get(record.id), record));
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
