import { setTimeout as wait } from 'node:timers/promises';
import type { SystemState } from '@headgate/system-db';
import type { Readiness } from '../pages/health.js';
import type { Room } from '../pipeline/room.js';

/** Less than what balancers wait for a check. */
const PATIENCE = 2000;

/** Ready is who is not about to stop and has a fresh proof of its configuration. A dead data source or overload takes nobody out. */
export function workerReadiness(room: Room, state: Pick<SystemState, 'current'>): Readiness {
  return {
    async problems() {
      const isProven = await hasProof(state);
      return [...(room.isDraining ? ['draining'] : []), ...(isProven ? [] : ['the system database does not answer'])];
    },
  };
}

async function hasProof(state: Pick<SystemState, 'current'>): Promise<boolean> {
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
