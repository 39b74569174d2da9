import { z } from 'zod';

const poolReport = z.object({
  service: z.string(),
  open: z.number(),
  idle: z.number(),
  waiting: z.number(),
  refused: z.number(),
  breaker: z.enum(['closed', 'open', 'half-open']),
  last_error: z.string().nullable(),
});

const storeReport = z.object({
  store: z.string(),
  driver: z.string(),
  state: z.string(),
  since: z.string(),
  last_error: z.string().nullable(),
});

const loadReport = z.object({
  /** Calls at work; like `room` and `refused` of workers of the API alone. */
  in_flight: z.number().optional(),
  /** The places that there are now; fewer than `DF_MAX_INFLIGHT` while the event loop is late. */
  room: z.number().optional(),
  refused: z.number().optional(),
  event_loop_delay_ms: z.number(),
  memory_bytes: z.number(),
});

/**
 * What a worker says of itself with each sign of life, as `system/cluster` shows it. Counts since its start, words of ours: no addresses, names of
 * users, connection strings or texts of drivers. Versions of Headgate that run side by side read each other's: members are only ever added.
 */
export const workerReportSchema = z.object({ load: loadReport, services: z.array(poolReport), stores: z.array(storeReport) }).partial();

export type WorkerReport = z.infer<typeof workerReportSchema>;
