import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Matcher = (address: Address) => boolean;

/** Words that stand for several networks. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['loopback'],
  linklocal: ['linkLocal'],
  uniquelocal: ['private', 'uniqueLocal'],
};

/** Finds the address of a client; `X-Forwarded-For` is believed only as far as trusted proxies wrote it. */
export interface ClientAddresses {
  of(request: IncomingMessage): string;
  /** Whether the client used HTTPS, as the connection or a trusted proxy says. */
  isSecure(request: IncomingMessage): boolean;
}

/** `trusted`: addresses, networks, or the words above (`DF_TRUSTED_PROXIES`), already checked to be such. */
export function createClientAddresses(trusted: readonly string[]): ClientAddresses {
  const matchers = trusted.map(matcherOf);
  const isTrusted = (address: Address) => matchers.some((matches) => matches(address));
  const peerOf = (request: IncomingMessage) => plain(request.socket.remoteAddress ?? '');
  if (matchers.length === 0) return { of: peerOf, isSecure: isEncrypted };
  const peerIsTrusted = (peer: string) => ipaddr.isValid(peer) && isTrusted(ipaddr.process(peer));
  return {
    of(request) {
      const peer = peerOf(request);
      const forwarded = request.headers['x-forwarded-for'];
      if (forwarded === undefined || !peerIsTrusted(peer)) return peer;
      const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',');
      let client = peer;
      for (let index = hops.length - 1; index >= 0; index--) {
        const hop = hops[index]!.trim();
        if (!ipaddr.isValid(hop)) break;
        const address = ipaddr.process(hop);
        client = address.toString();
        if (!isTrusted(address)) break;
      }
      return client;
    },
    isSecure(request) {
      return isEncrypted(request) || (peerIsTrusted(peerOf(request)) && request.headers['x-forwarded-proto'] === 'https');
    },
  };
}

/** For what only our own proxy can reach: it found out the client itself and wrote it over what the client sent. */
export function forwardedAddresses(): ClientAddresses {
  const header = (request: IncomingMessage, name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    of: (request) => header(request, 'x-forwarded-for'),
    isSecure: (request) => header(request, 'x-forwarded-proto') === 'https',
  };
}

function matcherOf(text: string): Matcher {
  const ranges = RANGES[text];
  if (ranges) return (address) => ranges.includes(address.range());
  const [network, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : wholeAddress(ipaddr.process(text));
  if (network instanceof ipaddr.IPv4) return (address) => address instanceof ipaddr.IPv4 && address.match(network, bits);
  return (address) => address instanceof ipaddr.IPv6 && address.match(network, bits);
}

function wholeAddress(address: Address): [Address, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** `::ffff:10.0.0.1` is `10.0.0.1`. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function isEncrypted(request: IncomingMessage): boolean {
  return 'encrypted' in request.socket && request.socket.encrypted === true;
}
