import { EgressRefused, OwnStoreRefused } from '@headgate/core';
import { type Address, classOf, parseAddress } from './address-class.js';
import { parseAllowList } from './allow-list.js';
import { LOOPBACK_OF_CONTAINER } from './loopback-of-container.js';
import { type OwnStore, OwnStores } from './own-stores.js';

/** The one policy for everything that Headgate connects out to on behalf of a configuration (design.md 5, database-services.md 14.1). */
export interface EgressPolicy {
  /**
   * Throws `EgressRefused`, or `OwnStoreRefused`, unless this address may be connected to. It must be the literal that the socket is opened to;
   * `host` is the name it was resolved from.
   */
  check(address: string, port: number, host?: string): Promise<void>;
  /** Throws `EgressRefused` unless this unix socket may be connected to. */
  checkPath(path: string): void;
  /** Whether this address leads back into the container that this process runs in. */
  leadsIntoContainer(address: string): boolean;
}

export interface EgressPolicyOptions {
  /** `DF_EGRESS_ALLOW`; see `parseAllowList`. Nothing makes link-local, metadata or own stores reachable. */
  readonly allow: readonly string[];
  readonly ownStores: readonly OwnStore[];
  /** Whether this process runs in a container; false without. */
  readonly inContainer?: boolean;
}

export function createEgressPolicy({ allow, ownStores, inContainer = false }: EgressPolicyOptions): EgressPolicy {
  const allowed = parseAllowList(allow);
  const stores = new OwnStores(ownStores);

  function isAllowed(address: Address, port: number, host: string): boolean {
    const kind = classOf(address);
    return kind !== 'forbidden' && (kind !== 'loopback' || allowed.allowsLoopback(address, host, port));
  }

  function leadsIntoContainer(literal: string): boolean {
    const address = inContainer ? parseAddress(literal) : undefined;
    return address !== undefined && classOf(address) === 'loopback';
  }

  return {
    leadsIntoContainer,
    async check(literal, port, host = literal) {
      const address = parseAddress(literal);
      const shown = host === literal ? literal : `${host} (${literal})`;
      if (!address || !isAllowed(address, port, host)) {
        const refusal = EgressRefused(shown);
        throw leadsIntoContainer(literal) ? refusal.withDetail(LOOPBACK_OF_CONTAINER) : refusal;
      }
      if (await stores.include(address, host, port)) throw OwnStoreRefused(`${shown}, port ${port},`);
    },
    checkPath(path) {
      if (!allowed.allowsPath(path)) throw EgressRefused('unix sockets');
    },
  };
}
