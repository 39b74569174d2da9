import type { Settings } from '@headgate/core';
import type { Member } from '@headgate/system-db';
import { type Finding, ok, warning } from './finding.js';

const GONE_SECONDS = 15;

/** The workers that are registered, and what several of them need. */
export function checkWorkers({ http }: Settings, members: readonly Member[], version: string): Finding[] {
  const present = members.filter(({ silentSeconds }) => silentSeconds <= GONE_SECONDS);
  const apis = present.filter(({ identity }) => identity.role === 'api').length;
  const findings = [ok('workers', `${apis} of the API, ${present.length - apis} of jobs`)];
  const others = present.filter(({ identity }) => identity.version !== version).length;
  if (others > 0) {
    findings.push(warning('workers', `${others} run another version than ${version}`, 'Go on with the upgrade until all run one version.'));
  }
  if (apis > 1 && http.trustedProxies.length === 0) {
    findings.push(
      warning(
        'proxies',
        'several workers, and DF_TRUSTED_PROXIES is empty: behind a balancer every client has its address',
        'Set DF_TRUSTED_PROXIES to the address of the balancer, and to no other.',
      ),
    );
  }
  return findings;
}
