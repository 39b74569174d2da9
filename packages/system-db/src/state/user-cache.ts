import type { VersionedSystemDatabase } from '../system-database.js';
import type { UserRecord } from './configuration.js';
import { readUser } from './records.js';

/** Users by id, the least recently used dropped first. An entry dies when scope `user:{id}` moves. */
export class UserCache {
  readonly #db: VersionedSystemDatabase;
  readonly #size: number;
  readonly #users = new Map<number, UserRecord>();
  readonly #loading = new Map<number, Promise<UserRecord | undefined>>();

  constructor(db: VersionedSystemDatabase, size: number) {
    this.#db = db;
    this.#size = size;
  }

  get(id: number): UserRecord | undefined | Promise<UserRecord | undefined> {
    const known = this.#users.get(id);
    if (!known) return this.#loading.get(id) ?? this.#load(id);
    this.#users.delete(id);
    this.#users.set(id, known);
    return known;
  }

  drop(moved: ReadonlySet<number> | 'all'): void {
    if (moved === 'all') {
      this.#users.clear();
      this.#loading.clear();
      return;
    }
    for (const id of moved) {
      this.#users.delete(id);
      this.#loading.delete(id);
    }
  }

  #load(id: number): Promise<UserRecord | undefined> {
    const loading = this.#db
      .snapshot((reader) => readUser(reader, id))
      .then((user) => {
        // Dropped meanwhile: whoever asked before may have it, nobody after.
        if (user && this.#loading.get(id) === loading) this.#remember(user);
        return user;
      })
      .finally(() => {
        if (this.#loading.get(id) === loading) this.#loading.delete(id);
      });
    this.#loading.set(id, loading);
    return loading;
  }

  #remember(user: UserRecord): void {
    this.#users.set(user.id, user);
    if (this.#users.size <= this.#size) return;
    const [oldest] = this.#users.keys();
    this.#users.delete(oldest!);
  }
}
