import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { type Address, classOf, parseAddress } from './address-class.js';

/** A store of Headgate's own: its system database, its Redis. */
export interface OwnStore {
  readonly host: string;
  readonly port: number;
}

/** Knows Headgate's own stores by their addresses, whatever name a service reaches them by. */
export class OwnStores {
  readonly #stores: readonly OwnStore[];

  constructor(stores: readonly OwnStore[]) {
    this.#stores = stores;
  }

  /** Resolves the stores that listen on a port afresh (names move) and tells whether this is one of them. */
  async include(address: Address, host: string, port: number): Promise<boolean> {
    const candidates = this.#stores.filter((store) => store.port === port);
    if (candidates.length === 0) return false;
    if (candidates.some((store) => store.host.toLowerCase() === host.toLowerCase())) return true;
    const known = (await Promise.all(candidates.map(addressesOf))).flat();
    if (known.some((own) => own.toNormalizedString() === address.toNormalizedString())) return true;
    // A store on this machine answers on each of the machine's addresses.
    return isThisMachine(address) && known.some(isThisMachine);
  }
}

async function addressesOf(store: OwnStore): Promise<Address[]> {
  const literal = parseAddress(store.host);
  if (literal) return [literal];
  try {
    const found = await lookup(store.host, { all: true });
    return found.map(({ address }) => parseAddress(address)).filter((address) => address !== undefined);
  } catch {
    // A store whose name does not resolve has no address to protect.
    return [];
  }
}

function isThisMachine(address: Address): boolean {
  if (classOf(address) === 'loopback') return true;
  const wanted = address.toNormalizedString();
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some((own) => parseAddress(own.address)?.toNormalizedString() === wanted);
}
