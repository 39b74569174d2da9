import { randomUUID } from 'node:crypto';

interface Holder {
  readonly token: string;
  endsAt: number;
}

/** Who holds which lock, in the memory of one process. Each is held under a token, which alone extends and releases it. */
export class LockTokens {
  readonly #holders = new Map<string, Holder>();

  /** The token; undefined where somebody holds the lock. */
  acquire(name: string, ttlMs: number): string | undefined {
    if (this.#holder(name)) return undefined;
    const token = randomUUID();
    this.#holders.set(name, { token, endsAt: performance.now() + ttlMs });
    return token;
  }

  extend(name: string, token: string, ttlMs: number): boolean {
    const holder = this.#holder(name);
    if (holder?.token !== token) return false;
    holder.endsAt = performance.now() + ttlMs;
    return true;
  }

  release(name: string, token: string): void {
    if (this.#holder(name)?.token === token) this.#holders.delete(name);
  }

  clear(): void {
    this.#holders.clear();
  }

  #holder(name: string): Holder | undefined {
    const holder = this.#holders.get(name);
    if (!holder || holder.endsAt > performance.now()) return holder;
    this.#holders.delete(name);
    return undefined;
  }
}
