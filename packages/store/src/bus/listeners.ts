import type { Logger } from '@headgate/core';

type Listener = (message: string) => void;

/** Who listens to what in this process. A listener that fails disturbs no other. */
export class Listeners {
  readonly #log: Logger;
  readonly #topics = new Map<string, Set<{ readonly call: Listener }>>();
  readonly #reconnects: (() => void)[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** Answers whether the topic is new, and how to take the listener away again, which tells whether the topic has none left. */
  add(topic: string, listener: Listener): { readonly isFirst: boolean; readonly remove: () => boolean } {
    const known = this.#topics.get(topic);
    const listeners = known ?? new Set();
    if (!known) this.#topics.set(topic, listeners);
    const entry = { call: listener };
    listeners.add(entry);
    return {
      isFirst: known === undefined,
      remove: () => {
        if (!listeners.delete(entry) || listeners.size > 0) return false;
        return this.#topics.delete(topic);
      },
    };
  }

  addReconnect(listener: () => void): void {
    this.#reconnects.push(listener);
  }

  tell(topic: string, message: string): void {
    for (const { call } of [...(this.#topics.get(topic) ?? [])]) this.#guarded(() => call(message));
  }

  tellReconnect(): void {
    for (const listener of this.#reconnects) this.#guarded(listener);
  }

  clear(): void {
    this.#topics.clear();
    this.#reconnects.length = 0;
  }

  #guarded(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#log.error('a listener on the bus failed', { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
