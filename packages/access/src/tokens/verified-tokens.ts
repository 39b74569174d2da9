import { hash } from 'node:crypto';
import type { SessionClaims } from './claims.js';

/**
 * Claims of tokens whose signature was verified, keyed by SHA-256 of the token. An entry dies when newer ones push it out (the oldest
 * first); whether it is still good is checked by the caller on every hit.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, SessionClaims>();
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  keyOf(token: string): string {
    return hash('sha256', token, 'base64url');
  }

  get(key: string): SessionClaims | undefined {
    return this.#entries.get(key);
  }

  add(key: string, claims: SessionClaims): void {
    if (this.#entries.size >= this.#limit) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, claims);
  }
}
