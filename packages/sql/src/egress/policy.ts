import { EgressRefused } from '@headgate/core';
import { classOf, parseAddress } from './address-class.js';
import { parseAllowList } from './allow-list.js';
import { type OwnStore, OwnStores } from './own-stores.js';

/** The one policy for everything that Headgate connects out to on behalf of a configuration (design.md 5, database-services.md 14.1). */
export interface EgressPolicy {
  /**
   * Throws `EgressRefused` unless this address may be connected to. It must be the literal that the socket is opened to;
   * `host` is the name it was resolved from.
   */
  check(address: string, port: number, host?: string): Promise<void>;
  /** Throws `EgressRefused` unless this unix socket may be connected to. */
  checkPath(path: string): void;
}

export interface EgressPolicyOptions {
  /** `DF_EGRESS_ALLOW`; see `parseAllowList`. Nothing makes link-local, metadata or own stores reachable. */
  readonly allow: readonly string[];
  readonly ownStores: readonly OwnStore[];
}

export function createEgressPolicy({ allow, ownStores }: EgressPolicyOptions): EgressPolicy {
  const allowed = parseAllowList(allow);
  const stores = new OwnStores(ownStores);

  async function isAllowed(literal: string, port: number, host: string): Promise<boolean> {
    const address = parseAddress(literal);
    if (!address) return false;
    const kind = classOf(address);
    if (kind === 'forbidden') return false;
    if (kind === 'loopback' && !allowed.allowsLoopback(address, host, port)) return false;
    return !(await stores.include(address, host, port));
  }

  return {
    async check(address, port, host = address) {
      if (await isAllowed(address, port, host)) return;
      throw EgressRefused(host === address ? address : `${host} (${address})`);
    },
    checkPath(path) {
      if (!allowed.allowsPath(path)) throw EgressRefused('unix sockets');
    },
  };
}
