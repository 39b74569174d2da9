import type { HeadgateError, Logger } from '@headgate/core';
import type { AccessLog } from '@headgate/logging';
import { routeTemplate } from '../request/route.js';
import type { Call } from './call.js';
import type { CallFigures } from './call-figures.js';
import type { Outcome } from './outcome.js';
import type { RecordInput } from './record-input.js';

export interface RecorderParts {
  readonly log: Logger;
  readonly accessLog: AccessLog;
  readonly figures: CallFigures;
  /** `DF_SLOW_MS`: calls that take longer are warned of; 0 for none. */
  readonly slowMs: number;
}

/** Counts and logs calls, after their answers. */
export class Recorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  record(input: RecordInput): void {
    const { log, accessLog, figures, slowMs } = this.#parts;
    const { call, sent } = input;
    const ms = call.marks.at(-1) ?? 0;
    figures.count(input, ms);
    if (sent.outcome.kind === 'refusal') reportFault(log, call, sent.outcome);
    if (slowMs > 0 && ms > slowMs) log.warn('A call took long', lineOf(input, ms));
    else if (accessLog.isOn) accessLog.add(lineOf(input, ms));
  }
}

function reportFault(log: Logger, call: Call, { error, cause }: Extract<Outcome, { kind: 'refusal' }>): void {
  if (cause !== undefined) {
    log.error('A call failed unexpectedly', {
      request_id: call.id,
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
  } else if (hasMoreToTell(error)) {
    log.warn(error.message, {
      request_id: call.id,
      reason: error.reason,
      ...(error.detail !== undefined && { detail: error.detail }),
      ...(error.cause instanceof Error && { cause: error.cause.message }),
    });
  }
}

/** Of what could not be reached, the pool has said in our words what is to be known: texts of networks and drivers hold addresses and names. */
function hasMoreToTell({ status, detail, cause }: HeadgateError): boolean {
  return status !== 503 && (detail !== undefined || cause !== undefined);
}

/** The line of a call: who, what and how long; no identifiers of records, no values, no addresses, no credentials. */
function lineOf({ call, received, caller, sent }: RecordInput, ms: number): Record<string, unknown> {
  const { outcome } = sent;
  return {
    request_id: call.id,
    method: call.method,
    verb: received?.verb,
    service: received?.route.service,
    route: received === undefined ? undefined : routeTemplate(received.route.path),
    status: sent.status,
    reason: outcome.kind === 'refusal' ? outcome.error.reason : undefined,
    app: caller?.app?.id,
    user: caller?.user?.id,
    role: caller?.role?.id,
    rows: outcome.kind === 'answer' ? outcome.response.rows : undefined,
    bytes: sent.bytes,
    ms: rounded(ms),
    db_ms: rounded(call.databaseMs),
    wait_ms: rounded(call.waitingMs),
  };
}

const rounded = (ms: number) => Math.round(ms * 100) / 100;
