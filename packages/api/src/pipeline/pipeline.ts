import type { Caller } from '@headgate/core';
import { admit } from './admit.js';
import { type Authorized, authorize } from './authorize.js';
import type { Call } from './call.js';
import { type CorsOutcome, cors } from './cors.js';
import { dispatch } from './dispatch.js';
import { identify } from './identify.js';
import { type Outcome, refusal } from './outcome.js';
import type { PipelineParts } from './parts.js';
import { receive } from './receive.js';
import type { Received } from './received.js';
import { refuseUnanswerable, respond } from './respond.js';

/**
 * The life of a call, in order (design.md 2). Each stage takes what the ones before it returned, or throws a catalogued error.
 * Only what really waits is awaited: a read by API key runs in one go up to the service.
 */
export function createPipeline(parts: PipelineParts): (call: Call) => Promise<void> {
  const { rules, room, addresses, identity, services, recorder, log } = parts;

  return async function handle(call: Call): Promise<void> {
    let outcome: Outcome;
    let received: Received | undefined;
    let caller: Caller | undefined;
    let authorized: Authorized | undefined;
    let crossOrigin: CorsOutcome | undefined;
    try {
      const judging = cors(call, parts.cors, rules.prefix, log);
      crossOrigin = judging instanceof Promise ? await judging : judging;
      call.mark();
      if (crossOrigin.preflight !== undefined || call.method === 'OPTIONS') {
        outcome = { kind: 'options', status: crossOrigin.preflight ?? 204 };
      } else {
        admit(call, room);
        call.mark();

        const receiving = receive(call, rules, addresses);
        received = receiving instanceof Promise ? await receiving : receiving;
        refuseUnanswerable(call, received, rules);
        call.mark();

        const identifying = identify(call, received, identity);
        caller = identifying instanceof Promise ? await identifying : identifying;
        room.checkPriority(caller.isAdmin);
        call.mark();

        authorized = authorize(received, caller, services);
        call.mark();

        outcome = { kind: 'answer', response: await dispatch(call, received, caller, authorized, services, room) };
        call.mark();
      }
    } catch (thrown) {
      outcome = refusal(thrown);
    }
    const sending = respond({ call, received, caller, crossOrigin: crossOrigin?.headers, outcome, rules, room, log });
    const sent = sending instanceof Promise ? await sending : sending;
    call.mark();
    recorder.record({ call, received, caller, authorized, sent });
  };
}
