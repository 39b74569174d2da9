import { HeadgateError, type Logger, StoreUnavailable } from '@headgate/core';
import { expect } from 'vitest';

/** A server, or what stands for one, under test. `open` connects one more of those who share it. */
export interface Backend<Store> {
  open(): Promise<Store>;
  /** What can be made to happen to the way to the server. */
  readonly outage?: Outage;
  close(): Promise<void>;
}

export interface Outage {
  /** Ends all connections and refuses new ones. */
  cut?(): Promise<void>;
  /** Accepts connections and answers nothing any more. */
  freeze?(): Promise<void>;
  restore(): Promise<void>;
}

export type OutageKind = 'cut' | 'freeze';
export const ANY_OUTAGE: readonly OutageKind[] = ['cut', 'freeze'];

/** The outage of a backend that was said to have it. */
export function outageOf({ outage }: { readonly outage?: Outage }, kind: OutageKind): Outage {
  if (!outage?.[kind]) throw new Error(`this backend knows no such outage: ${kind}`);
  return outage;
}

/** What was logged, for looking at. */
export class RecordedLog implements Logger {
  readonly lines: string[] = [];
  debug = (message: string, fields?: object) => this.#add('debug', message, fields);
  info = (message: string, fields?: object) => this.#add('info', message, fields);
  warn = (message: string, fields?: object) => this.#add('warn', message, fields);
  error = (message: string, fields?: object) => this.#add('error', message, fields);
  once = (_key: string, message: string, fields?: object) => this.#add('warn', message, fields);

  #add(level: string, message: string, fields: object = {}): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}

/** Waits for what is bound to happen. */
export async function until(condition: () => boolean | Promise<boolean>, patience = 10_000): Promise<void> {
  for (const deadline = performance.now() + patience; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (performance.now() > deadline) throw new Error(`not within ${patience} ms: ${condition}`);
  }
}

/** Whether a call passes; a refusal because the store is away counts as no. */
export async function passes(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof HeadgateError && error.is(StoreUnavailable)) return false;
    throw error;
  }
}

/** The promise is 250 ms; the rest is for a busy machine. */
const PATIENCE = 700;

/** The call is refused as it should be when the store is away, and soon. */
export async function expectUnavailable(call: () => Promise<unknown>, patience = PATIENCE): Promise<void> {
  const began = performance.now();
  const error = await call().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(HeadgateError);
  expect(error).toMatchObject({ reason: 'store_unavailable', status: 503 });
  expect(performance.now() - began).toBeLessThan(patience);
}

/** What every store does when its server goes away and comes back. */
export async function expectSurvives(outage: Outage, kind: 'cut' | 'freeze', call: () => Promise<unknown>): Promise<void> {
  await until(() => passes(call));
  await outage[kind]?.();
  try {
    await until(async () => !(await passes(call)));
    for (let i = 0; i < 8; i++) await expectUnavailable(call);
    // By now it is known that nobody answers: at most one call a second still waits for it.
    const began = performance.now();
    for (let i = 0; i < 20; i++) await expectUnavailable(call);
    expect(performance.now() - began).toBeLessThan(2 * PATIENCE);
  } finally {
    await outage.restore();
  }
  await until(() => passes(call));
}
