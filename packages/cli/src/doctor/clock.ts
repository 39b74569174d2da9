import { type Finding, warning } from './finding.js';

/** Log-ins, expiries and limits go by several clocks: within this they may differ. */
const MOST_MS = 2_000;

/** Something to say only where two clocks differ. */
export function checkClock(check: string, whose: string, aheadMs: number): Finding[] {
  if (Math.abs(aheadMs) <= MOST_MS) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const message = `the clock of ${whose} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of this machine`;
  return [warning(`${check} clock`, message, 'Let both machines take their time from the same NTP servers.')];
}
