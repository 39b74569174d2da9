import ipaddr from 'ipaddr.js';

/**
 * What an address is to the egress policy. `forbidden`: never a service's business (link-local, cloud metadata, unspecified,
 * multicast, broadcast, reserved); `loopback`: this machine; `open`: everything else, private networks included.
 */
export type AddressClass = 'forbidden' | 'loopback' | 'open';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses outside 169.254.0.0/16 and fe80::/10 where clouds serve credentials to whoever asks. */
const METADATA = new Set(
  ['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'].map((text) =>
    ipaddr.parse(text).toNormalizedString(),
  ),
);

const FORBIDDEN_RANGES: ReadonlySet<string> = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast', 'reserved', 'discard']);
const LOCAL_NAT64 = ipaddr.IPv6.parse('64:ff9b:1::');

/** The address a literal writes, its zone cut off; undefined for what is none. */
export function parseAddress(text: string): Address | undefined {
  const literal = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  // Only the four-part decimal form: `ipaddr.parse` also reads octal and short forms, which resolvers read differently.
  if (ipaddr.IPv4.isValidFourPartDecimal(literal)) return ipaddr.IPv4.parse(literal);
  return ipaddr.IPv6.isValid(literal) ? unmapped(ipaddr.IPv6.parse(literal)) : undefined;
}

export function classOf(address: Address): AddressClass {
  if (isForbidden(address)) return 'forbidden';
  if (address.range() === 'loopback') return 'loopback';
  if (address instanceof ipaddr.IPv4) return address.octets[0] === 0 ? 'forbidden' : 'open';
  // A translator or tunnel on the way would deliver these to the IPv4 address inside.
  const inner = embedded(address).map(classOf);
  return inner.includes('forbidden') ? 'forbidden' : inner.includes('loopback') ? 'loopback' : 'open';
}

function isForbidden(address: Address): boolean {
  return FORBIDDEN_RANGES.has(address.range()) || METADATA.has(address.toNormalizedString());
}

function unmapped(address: ipaddr.IPv6): Address {
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** The IPv4 addresses that an IPv6 address carries: NAT64, SIIT, IPv4-compatible, 6to4 and Teredo. */
function embedded(address: ipaddr.IPv6): ipaddr.IPv4[] {
  const bytes = address.toByteArray();
  const at = (start: number) => new ipaddr.IPv4(bytes.slice(start, start + 4));
  switch (address.range()) {
    case 'rfc6052':
    case 'rfc6145':
      return [at(12)];
    case '6to4':
      return [at(2)];
    case 'teredo':
      return [at(4), new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff))];
  }
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0);
  return isCompatible || address.match(LOCAL_NAT64, 48) ? [at(12)] : [];
}
