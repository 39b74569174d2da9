import { hash, randomBytes } from 'node:crypto';

/** SHA-256 (hex) of an API key: what keys are looked up by, so that every wrong key takes the same time. */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A new API key: 32 random bytes as hex. */
export function newApiKey(): string {
  return randomBytes(32).toString('hex');
}
