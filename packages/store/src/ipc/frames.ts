import { z } from 'zod';

/** What goes between a worker and its parent. Bytes travel as base64, so that either serialization of Node will do. */

const FROM = 'headgate-store';
const from = z.literal(FROM);
const id = z.number();
const key = z.string();
const keys = z.array(key);
const ttlMs = z.number();
const hits = z.array(z.object({ key, limit: z.number(), windowMs: z.number(), isEnforced: z.boolean() }));

const calls = [
  z.object({ call: z.literal('cache.get'), key }),
  z.object({ call: z.literal('cache.set'), key, value: z.string(), ttlMs }),
  z.object({ call: z.literal('cache.delete'), key }),
  z.object({ call: z.literal('cache.clear'), prefix: z.string() }),
  z.object({ call: z.literal('counters.take'), hits }),
  z.object({ call: z.literal('counters.peek'), keys }),
  z.object({ call: z.literal('counters.reset'), keys }),
  z.object({ call: z.literal('lock.acquire'), name: z.string(), ttlMs }),
  z.object({ call: z.literal('lock.extend'), name: z.string(), token: z.string(), ttlMs }),
  z.object({ call: z.literal('lock.release'), name: z.string(), token: z.string() }),
  z.object({ call: z.literal('ping') }),
] as const;
const call = z.discriminatedUnion('call', calls);
/** What a worker asks of its parent. */
export type Call = z.infer<typeof call>;

const request = z.object({ from, kind: z.literal('request'), id, request: call });
/** Without a result where the parent could not do it. */
const answer = z.object({ from, kind: z.literal('answer'), id, isDone: z.boolean(), result: z.unknown().optional() });
const message = z.object({ from, kind: z.literal('message'), topic: z.string(), message: z.string() });
const frame = z.discriminatedUnion('kind', [request, answer, message]);
export type Frame = z.infer<typeof frame>;

/** undefined for what others send on the same way. */
export function readFrame(received: unknown): Frame | undefined {
  const isOurs = typeof received === 'object' && received !== null && 'from' in received && received.from === FROM;
  return isOurs ? frame.safeParse(received).data : undefined;
}

type Unsigned = { [K in Frame['kind']]: Omit<Extract<Frame, { kind: K }>, 'from'> }[Frame['kind']];

export const signed = (frame: Unsigned): object => ({ from: FROM, ...frame });
