import type { PoolState } from '@headgate/core';
import type { AccessLog } from '@headgate/logging';
import { counter, gauge, type MetricSource } from '@headgate/metrics';
import type { Stores } from '@headgate/store';
import type { System } from '@headgate/system';
import type { OpenSystemState } from '@headgate/system-db';
import type { Room } from '../pipeline/room.js';

export interface MeteredParts {
  readonly room: Room;
  readonly system: Pick<System, 'services'>;
  readonly state: Pick<OpenSystemState, 'health'>;
  readonly stores: Pick<Stores, 'health'>;
  readonly accessLog: AccessLog;
}

/** Services with metrics of their own, at most. */
const MOST_SERVICES = 200;
const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

/** What a worker of the API can tell beside its calls (docs/observability.md). */
export function workerMetrics({ room, system, state, stores, accessLog }: MeteredParts): MetricSource[] {
  const ofPools = (
    name: string,
    help: string,
    type: MetricSource['type'],
    value: (pool: PoolState) => number,
    labels?: Readonly<Record<string, string>>,
  ): MetricSource => ({
    name,
    help,
    type,
    read: () =>
      [...system.services.pools()]
        .slice(0, MOST_SERVICES)
        .map(({ service, pool }) => ({ labels: { service, ...labels }, value: value(pool) })),
  });
  return [
    gauge('headgate_requests_in_flight', 'Calls at work.', () => room.inside),
    gauge('headgate_room', 'Places for calls; fewer than DF_MAX_INFLIGHT while the event loop is late.', () => room.limit),
    {
      name: 'headgate_shed_total',
      help: 'Calls that were refused for lack of room: in the worker, for their service, or because it shuts down.',
      type: 'counter',
      read: () => Object.entries(room.refused).map(([reason, value]) => ({ labels: { reason }, value })),
    },
    ofPools('headgate_pool_open', 'Connections of a service.', 'gauge', ({ open }) => open),
    ofPools('headgate_pool_idle', 'Connections of a service that nobody uses.', 'gauge', ({ idle }) => idle),
    ofPools('headgate_pool_waiting', 'Calls that wait for a connection of a service.', 'gauge', ({ waiting }) => waiting),
    ofPools('headgate_pool_refused_total', 'Calls that got no connection of a service.', 'counter', ({ refused }) => refused),
    ofPools('headgate_pool_breaker', 'Breaker of a service: 0 closed, 1 half-open, 2 open.', 'gauge', ({ breaker }) => BREAKER[breaker]),
    gauge('headgate_system_proof_age_seconds', 'Since the system database was last asked and has answered.', () =>
      finite(state.health.provenMsAgo),
    ),
    gauge('headgate_system_registered', 'Whether the other workers know of this one.', () => Number(state.health.isRegistered)),
    gauge('headgate_system_stale', 'Whether calls are answered under DF_SERVE_STALE.', () => Number(state.health.isStale)),
    {
      name: 'headgate_store_connected',
      help: 'Whether a shared store answers.',
      type: 'gauge',
      read: () =>
        stores.health().map(({ role, driver, state: how }) => ({ labels: { store: role, driver }, value: Number(how === 'connected') })),
    },
    counter('df_log_dropped_total', 'Lines of the log that were dropped because it was too slow.', () => accessLog.dropped),
  ];
}

const finite = (milliseconds: number) => (Number.isFinite(milliseconds) ? milliseconds / 1000 : -1);
