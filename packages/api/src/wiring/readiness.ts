import { setTimeout as wait } from 'node:timers/promises';
import type { OpenSystemState } from '@headgate/system-db';
import type { Readiness } from '../pages/health.js';
import type { Room } from '../pipeline/room.js';

/** Less than what balancers wait for a check. */
const PATIENCE = 2000;

/** Milliseconds for which an answer of the system database counts. */
const RECENT = 5000;

/**
 * Ready is who is not about to stop, is registered, and has asked the system database lately, or goes on without it (`DF_SERVE_STALE`).
 * A dead data source or overload takes nobody out.
 */
export function workerReadiness(room: Room, state: Pick<OpenSystemState, 'current' | 'health'>): Readiness {
  return {
    async problems() {
      const isKnown = await isCurrent(state);
      return [...(room.isDraining ? ['draining'] : []), ...(isKnown ? [] : ['the system database does not answer'])];
    },
  };
}

async function isCurrent(state: Pick<OpenSystemState, 'current' | 'health'>): Promise<boolean> {
  const { provenMsAgo, isRegistered, isStale } = state.health;
  return isStale || (isRegistered && provenMsAgo < RECENT) || (await hasProof(state));
}

async function hasProof(state: Pick<OpenSystemState, 'current'>): Promise<boolean> {
  const patience = new AbortController();
  try {
    const current = state.current();
    if (!(current instanceof Promise)) return true;
    return await Promise.race([current.then(() => true), wait(PATIENCE, false, { signal: patience.signal, ref: false })]);
  } catch {
    return false;
  } finally {
    patience.abort();
  }
}
