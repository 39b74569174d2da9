import type { Acknowledgement } from './worker-registry.js';

/** Milliseconds without a sign of life after which a worker is gone. */
export const SILENT_FOR = 15_000;
/** After so many milliseconds without a look nobody's silence is known any more: the database may have been away for all. */
const BLIND_FOR = 10_000;

/**
 * Which workers have been silent for too long: their rows did not move while we looked, on our own monotonic clock. No clock of a machine
 * decides, not even the database's, which may jump when a virtual machine goes on.
 */
export class Silence {
  readonly #seen = new Map<string, { beats: number; since: number }>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** Those that are gone, by what was read between `asked` and now. */
  gone(rows: readonly Acknowledgement[], asked: number, now: number = performance.now()): Acknowledgement[] {
    if (asked - this.#lookedAt > BLIND_FOR) this.#seen.clear();
    this.#lookedAt = now;
    const present = new Set(rows.map((row) => row.id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    return rows.filter((row) => {
      const known = this.#seen.get(row.id);
      if (known?.beats === row.beats) return asked - known.since >= SILENT_FOR;
      this.#seen.set(row.id, { beats: row.beats, since: now });
      return false;
    });
  }
}
