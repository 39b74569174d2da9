import type { MetricSnapshot } from '@headgate/metrics';
import { z } from 'zod';

/** What the processes of a cluster say to each other, beside what their stores do. */

const labels = z.record(z.string(), z.string());
const snapshots: z.ZodType<readonly MetricSnapshot[]> = z.array(
  z.object({
    name: z.string(),
    help: z.string(),
    type: z.enum(['counter', 'gauge', 'histogram']),
    values: z.array(z.object({ value: z.number(), labels: labels.exactOptional(), metricName: z.string().exactOptional() })),
  }),
);

/** A worker says: it listens; it was asked to end from outside and wants to be replaced; its metrics, as asked by a number. */
const fromWorker = z.union([
  z.object({ cluster: z.enum(['listening', 'leaving']) }),
  z.object({ cluster: z.literal('metrics'), question: z.number(), snapshots }),
]);
/** The parent says: no more calls will come, end; tell your metrics. */
const fromParent = z.union([z.object({ cluster: z.literal('stop') }), z.object({ cluster: z.literal('metrics'), question: z.number() })]);

export type WorkerMessage = z.infer<typeof fromWorker>;
export type ParentMessage = z.infer<typeof fromParent>;

export function workerMessage(message: unknown): WorkerMessage | undefined {
  return fromWorker.safeParse(message).data;
}

export function parentMessage(message: unknown): ParentMessage | undefined {
  return fromParent.safeParse(message).data;
}
