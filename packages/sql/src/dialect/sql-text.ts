import { FilterTooLarge } from '@headgate/core';
import type { Slot } from '../plan/nodes.js';
import type { Statement } from './dialect.js';

let statements = 0;

/** Collects SQL text and, for each `?` in it, the slot that its value comes from. For dialects without numbered parameters. */
export class SqlText {
  readonly #maxParameters: number;
  #text = '';
  readonly #positions: number[] = [];

  /** `maxParameters`: what the database takes in one statement. */
  constructor(maxParameters: number) {
    this.#maxParameters = maxParameters;
  }

  add(text: string): this {
    this.#text += text;
    return this;
  }

  /** A placeholder for the value of a slot. */
  slot(slot: Slot): this {
    return this.position(slot.index);
  }

  /** A placeholder for the value at an index: limit and offset have no column. */
  position(index: number): this {
    if (this.#positions.length >= this.#maxParameters) throw FilterTooLarge(`more than ${this.#maxParameters} values`);
    this.#positions.push(index);
    this.#text += '?';
    return this;
  }

  /** Calls `write` for each item, with a separator between. */
  list<T>(items: readonly T[], separator: string, write: (item: T) => void): this {
    items.forEach((item, index) => {
      if (index > 0) this.#text += separator;
      write(item);
    });
    return this;
  }

  statement(): Statement {
    return { text: this.#text, positions: this.#positions, uses: 0, name: `s${++statements}` };
  }
}

/** The values of a statement's placeholders in order; the array of an `in` slot fills the placeholders that follow one another. */
export function bindings(statement: Statement, values: readonly unknown[]): unknown[] {
  const { positions } = statement;
  const bound = new Array<unknown>(positions.length);
  let element = 0;
  for (let i = 0; i < positions.length; i++) {
    const value = values[positions[i]!];
    if (Array.isArray(value)) {
      element = positions[i] === positions[i - 1] ? element + 1 : 0;
      bound[i] = value[element];
    } else bound[i] = value;
  }
  return bound;
}
