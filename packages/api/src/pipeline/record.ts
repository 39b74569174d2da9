import type { Caller, Logger } from '@headgate/core';
import type { AccessLog } from '@headgate/logging';
import { routeTemplate } from '../request/route.js';
import { type Call, STAGES, type Stage } from './call.js';
import type { Outcome } from './outcome.js';
import type { Received } from './received.js';
import type { Sent } from './respond.js';

export interface RecordInput {
  readonly call: Call;
  readonly received: Received | undefined;
  readonly caller: Caller | undefined;
  readonly sent: Sent;
}

/** What this process has done since it started. */
export interface Figures {
  readonly calls: number;
  readonly bytes: number;
  /** By first digit of the status: `2` is 2xx. */
  readonly byClass: Readonly<Record<string, number>>;
  /** Milliseconds spent in each stage by all calls that came to its end. */
  readonly stageMs: Readonly<Record<Stage, number>>;
}

/** Counts and logs calls, after their answers. */
export class Recorder {
  readonly #log: Logger;
  readonly #accessLog: AccessLog;
  readonly #slowMs: number;
  readonly #classes = [0, 0, 0, 0, 0, 0];
  readonly #stages = new Float64Array(STAGES.length);
  #calls = 0;
  #bytes = 0;

  /** `slowMs`: calls that take longer are warned of; 0 for none. */
  constructor(log: Logger, accessLog: AccessLog, slowMs: number) {
    this.#log = log;
    this.#accessLog = accessLog;
    this.#slowMs = slowMs;
  }

  get figures(): Figures {
    return {
      calls: this.#calls,
      bytes: this.#bytes,
      byClass: Object.fromEntries(this.#classes.map((count, digit) => [String(digit), count])),
      stageMs: Object.fromEntries(STAGES.map((stage, index) => [stage, this.#stages[index]!])) as Record<Stage, number>,
    };
  }

  record(input: RecordInput): void {
    const { call, sent } = input;
    const { outcome } = sent;
    this.#calls++;
    this.#bytes += sent.bytes;
    this.#classes[Math.floor(sent.status / 100)]!++;
    let before = 0;
    const { marks } = call;
    for (let index = 0; index < marks.length; index++) {
      this.#stages[index]! += marks[index]! - before;
      before = marks[index]!;
    }
    if (outcome.kind === 'refusal') this.#reportFault(call, outcome);
    const slow = this.#slowMs > 0 && before > this.#slowMs;
    if (slow) this.#log.warn('A call took long', lineOf(input, before));
    else if (this.#accessLog.isOn) this.#accessLog.add(lineOf(input, before));
  }

  #reportFault(call: Call, { error, cause }: Extract<Outcome, { kind: 'refusal' }>): void {
    if (cause !== undefined) {
      this.#log.error('A call failed unexpectedly', {
        request_id: call.id,
        error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
      });
    } else if (error.detail !== undefined || error.cause !== undefined) {
      this.#log.warn(error.message, {
        request_id: call.id,
        reason: error.reason,
        ...(error.detail !== undefined && { detail: error.detail }),
        ...(error.cause instanceof Error && { cause: error.cause.message }),
      });
    }
  }
}

/** The line of a call: who, what and how long; no identifiers of records, no values, no credentials. */
function lineOf({ call, received, caller, sent }: RecordInput, ms: number): Record<string, unknown> {
  return {
    request_id: call.id,
    method: call.method,
    verb: received?.verb,
    service: received?.route.service,
    route: received === undefined ? undefined : routeTemplate(received.route.path),
    status: sent.status,
    reason: sent.outcome.kind === 'refusal' ? sent.outcome.error.reason : undefined,
    app: caller?.app?.id,
    user: caller?.user?.id,
    role: caller?.role?.id,
    rows: sent.outcome.kind === 'answer' ? sent.outcome.response.rows : undefined,
    bytes: sent.bytes,
    ms: Math.round(ms * 100) / 100,
    address: received?.address,
  };
}
