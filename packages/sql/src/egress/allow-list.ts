import ipaddr from 'ipaddr.js';
import { type Address, parseAddress } from './address-class.js';

/** What an operator allows beyond the default (`DF_EGRESS_ALLOW`): loopback and unix sockets, whole or in part. */
export interface AllowList {
  /** Whether a loopback address may be connected to, reached by this host name (or the literal itself). */
  allowsLoopback(address: Address, host: string, port: number): boolean;
  allowsPath(path: string): boolean;
}

interface NetworkRule {
  readonly network: Address;
  readonly bits: number;
  readonly port: number | undefined;
}

interface HostRule {
  readonly host: string;
  readonly port: number | undefined;
}

const HOST = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/;

/**
 * Reads the entries `loopback`, `unix`, `unix:/path`, `10.0.0.0/8`, `127.0.0.1`, `localhost`, `localhost:5432`, `[::1]:5432`.
 * Throws an `Error` naming the entry that is none of these.
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const networks: NetworkRule[] = [];
  const hosts: HostRule[] = [];
  const paths = new Set<string>();
  let loopback = false;
  let unix = false;
  for (const entry of entries.map((text) => text.trim()).filter((text) => text !== '')) {
    const word = entry.toLowerCase();
    if (word === 'loopback') loopback = true;
    else if (word === 'unix') unix = true;
    else if (word.startsWith('unix:/')) paths.add(entry.slice('unix:'.length));
    else {
      const network = parseNetwork(word);
      if (network) networks.push(network);
      else hosts.push(parseHost(word, entry));
    }
  }
  return {
    allowsLoopback(address, host, port) {
      const name = host.toLowerCase();
      const permits = (rule: { readonly port: number | undefined }) => rule.port === undefined || rule.port === port;
      return (
        loopback ||
        networks.some((rule) => permits(rule) && isIn(address, rule)) ||
        hosts.some((rule) => permits(rule) && rule.host === name)
      );
    },
    allowsPath: (path) => unix || paths.has(path),
  };
}

function parseNetwork(entry: string): NetworkRule | undefined {
  const slash = entry.indexOf('/');
  if (slash > 0) {
    if (!ipaddr.isValidCIDR(entry)) return undefined;
    const [network, bits] = ipaddr.parseCIDR(entry);
    return { network, bits, port: undefined };
  }
  const { host, port } = splitPort(entry);
  const network = parseAddress(host);
  return network && { network, bits: network.kind() === 'ipv4' ? 32 : 128, port };
}

function parseHost(entry: string, original: string): HostRule {
  const { host, port } = splitPort(entry);
  if (!HOST.test(host)) throw new Error(`'${original}' is neither 'loopback', 'unix', a network, an address nor a host`);
  return { host, port };
}

function splitPort(entry: string): { host: string; port: number | undefined } {
  const found = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(entry);
  return found ? { host: found[1]!, port: Number(found[2]) } : { host: entry, port: undefined };
}

function isIn(address: Address, { network, bits }: NetworkRule): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
  return network instanceof ipaddr.IPv6 && address.match(network, bits);
}
