import { hash } from 'node:crypto';
import { z } from 'zod';

/** What a session token says (rest-core.md 4.1). Times in seconds since 1970. */
export interface SessionClaims {
  readonly iss: string | undefined;
  readonly iat: number;
  readonly exp: number;
  readonly nbf: number | undefined;
  /** Key of revocation; where a token lacks it, the SHA-256 (hex) of the token. */
  readonly jti: string;
  /** `subjectOf` the user's email. */
  readonly sub: string;
  readonly user_id: number;
  readonly forever: boolean;
  /** Only tokens of ours have it; must equal the user's (design.md 1). */
  readonly session_number: number | undefined;
}

const seconds = z.number().finite();
const sessionClaims = z.object({
  iss: z.string().optional().catch(undefined),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  jti: z.string().min(1).max(64).optional(),
  sub: z.string(),
  user_id: z.number().int().positive(),
  forever: z.boolean(),
  session_number: z.number().int().nonnegative().optional(),
});

/** The claims of a decoded payload of a token; undefined when a required one is missing or malformed. */
export function readClaims(payload: unknown, token: string): SessionClaims | undefined {
  const parsed = sessionClaims.safeParse(payload);
  if (!parsed.success) return undefined;
  const { iss, iat, exp, nbf, jti = hash('sha256', token, 'hex'), sub, user_id, forever, session_number } = parsed.data;
  return { iss, iat, exp, nbf, jti, sub, user_id, forever, session_number };
}

/** The claim `sub`: it binds a token to the email that the user had. */
export function subjectOf(email: string): string {
  // MD5 as the original's tokens have it: an identifier here, not a protection.
  return hash('md5', email, 'hex');
}
