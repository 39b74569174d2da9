/** A pool that draws on the budget. */
export interface BudgetMember {
  /** Connections it has or is opening. */
  readonly open: number;
  /** Closes an idle connection (giving it back to the budget before it returns) if it has one to spare. */
  giveUpIdle(): boolean;
  /** There may be room again for a connection that was refused before. */
  onRoom(): void;
}

/**
 * Connections over all SQL services of one worker. Each service may always have one, so that a busy service starves no other;
 * beyond its first it needs room, which is first sought among idle connections of others.
 */
export class ConnectionBudget {
  readonly limit: number;
  #used = 0;
  readonly #members = new Set<BudgetMember>();
  /** Members that were refused, in the order of asking. */
  readonly #refused = new Set<BudgetMember>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether a service waits for room: then idle connections are better closed than kept. */
  get isShort(): boolean {
    return this.#refused.size > 0;
  }

  join(member: BudgetMember): void {
    this.#members.add(member);
  }

  leave(member: BudgetMember): void {
    this.#members.delete(member);
    this.#refused.delete(member);
  }

  /** Counts one more connection of a member, or notes that it was refused. */
  take(member: BudgetMember): boolean {
    if (this.#used >= this.limit && member.open > 0 && !this.#reclaim(member)) {
      this.#refused.add(member);
      return false;
    }
    this.#refused.delete(member);
    this.#used++;
    return true;
  }

  /** A connection was closed. */
  give(): void {
    this.#used--;
    while (this.#used < this.limit) {
      const [next] = this.#refused;
      if (!next) return;
      this.#refused.delete(next);
      next.onRoom();
    }
  }

  #reclaim(asking: BudgetMember): boolean {
    for (const member of this.#members) {
      if (member === asking) continue;
      while (this.#used >= this.limit && member.open > 1 && member.giveUpIdle());
      if (this.#used < this.limit) return true;
    }
    return false;
  }
}
