import { createHmac, timingSafeEqual } from 'node:crypto';
import { TokenInvalid } from '@headgate/core';
import { SignJWT } from 'jose';
import { readClaims, type SessionClaims } from './claims.js';

export type TokenAlgorithm = 'HS256' | 'HS384' | 'HS512';

const DIGESTS: Readonly<Record<TokenAlgorithm, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };
const LONGEST_TOKEN = 8192;
/** Workers' clocks may differ by this many seconds. */
const LEEWAY = 90;

/** Signs claims with the first secret. */
export async function signToken(claims: Readonly<Record<string, unknown>>, secret: Uint8Array, algorithm: TokenAlgorithm): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: algorithm }).sign(secret);
}

/**
 * The claims of a token signed with one of the secrets, its expiry not looked at. Throws `TokenInvalid` with the reasons of
 * rest-core.md 4.3, in their order. HMAC by `node:crypto`: a tenth of what WebCrypto takes, and synchronous.
 */
export function openToken(token: string, secrets: readonly Uint8Array[], algorithm: TokenAlgorithm, now: number): SessionClaims {
  const [header, payload, signature] = segmentsOf(token);
  const head = decode(header);
  const body = decode(payload);
  if (!isAlgorithm(head, algorithm) || !isSigned(`${header}.${payload}`, signature, secrets, algorithm)) {
    throw TokenInvalid('Token Signature could not be verified.');
  }
  const claims = readClaims(body, token);
  if (claims === undefined) throw TokenInvalid('JWT payload does not contain the required claims');
  if (claims.iat > now + LEEWAY) throw TokenInvalid('Issued At (iat) timestamp cannot be in the future');
  if (claims.nbf !== undefined && claims.nbf > now + LEEWAY) throw TokenInvalid('Not Before (nbf) timestamp cannot be in the future');
  return claims;
}

function segmentsOf(token: string): [string, string, string] {
  if (token.length > LONGEST_TOKEN) throw TokenInvalid('Malformed token');
  const segments = token.split('.', 4);
  if (segments.length !== 3) throw TokenInvalid('Wrong number of segments');
  const [header, payload, signature] = segments as [string, string, string];
  if (/\s/.test(token) || header === '' || payload === '' || signature === '') throw TokenInvalid('Malformed token');
  return [header, payload, signature];
}

function decode(segment: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(segment)) throw TokenInvalid('Could not decode token: a segment is not base64url.');
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
  } catch {
    throw TokenInvalid('Could not decode token: a segment is not JSON.');
  }
}

function isAlgorithm(header: unknown, algorithm: TokenAlgorithm): boolean {
  // A header that demands extensions (`crit`) is refused, as RFC 7515 4.1.11 wants.
  return typeof header === 'object' && header !== null && 'alg' in header && header.alg === algorithm && !('crit' in header);
}

function isSigned(signed: string, signature: string, secrets: readonly Uint8Array[], algorithm: TokenAlgorithm): boolean {
  // The texts are compared, not the bytes: several texts decode to the same bytes, one only is what we would have written.
  const given = Buffer.from(signature);
  let found = false;
  for (const secret of secrets) {
    const expected = Buffer.from(createHmac(DIGESTS[algorithm], secret).update(signed).digest('base64url'));
    if (given.length === expected.length && timingSafeEqual(given, expected)) found = true;
  }
  return found;
}
