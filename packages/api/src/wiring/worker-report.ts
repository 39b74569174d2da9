import type { JsonObject, WorkerReport } from '@headgate/core';
import type { EventLoopDelay } from '@headgate/metrics';
import type { StoreHealth, Stores } from '@headgate/store';
import type { System } from '@headgate/system';
import type { Room } from '../pipeline/room.js';

export interface ReportedParts {
  readonly room: Room;
  readonly eventLoop: EventLoopDelay;
  readonly system: Pick<System, 'services'>;
  readonly stores: Pick<Stores, 'health'>;
}

/** What this worker tells the others of itself. It registers before it can serve: until then there is nothing to tell. */
export class WorkerReporter {
  #parts: ReportedParts | undefined;

  watch(parts: ReportedParts): void {
    this.#parts = parts;
  }

  report(): JsonObject {
    return this.#parts === undefined ? {} : reportOf(this.#parts);
  }
}

function reportOf({ room, eventLoop, system, stores }: ReportedParts): WorkerReport {
  const { capacity, service, closed } = room.refused;
  return {
    load: {
      in_flight: room.inside,
      room: room.limit,
      refused: capacity + service + closed,
      event_loop_delay_ms: Math.round(eventLoop.p99),
      memory_bytes: process.memoryUsage.rss(),
    },
    services: [...system.services.pools()].map(({ service: name, pool }) => ({
      service: name,
      open: pool.open,
      idle: pool.idle,
      waiting: pool.waiting,
      refused: pool.refused,
      breaker: pool.breaker,
      last_error: pool.lastError ?? null,
    })),
    stores: stores.health().map(reportOfStore),
  };
}

function reportOfStore({ role, driver, state, since, lastError }: StoreHealth) {
  return { store: role, driver, state, since, last_error: lastError };
}
