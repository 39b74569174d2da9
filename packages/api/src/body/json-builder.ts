import type { JsonValue } from '@headgate/core';
import { TokenType } from '@streamparser/json';

/** Deeper nesting than this is refused: nobody could walk the value without a deep stack. */
const MAX_DEPTH = 512;
/** Of one object: larger ones are hash tables whose growing takes its time, and no record has so many fields. */
const MAX_MEMBERS = 100_000;

type Container =
  | { readonly kind: 'array'; readonly value: JsonValue[] }
  | { readonly kind: 'object'; readonly value: Record<string, JsonValue>; key: string; members: number };
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or ]' | ', or }' | 'end';

class Problem extends Error {}

/** Makes a value of JSON tokens. Of a repeated member the last one counts; a member `__proto__` is left out. */
export class JsonBuilder {
  static readonly Problem = Problem;
  readonly #stack: Container[] = [];
  #expected: Expected = 'value';
  #root: JsonValue | undefined;

  add(token: TokenType, value: JsonValue): void {
    switch (token) {
      case TokenType.LEFT_BRACE:
        this.#open({ kind: 'object', value: {}, key: '', members: 0 });
        break;
      case TokenType.LEFT_BRACKET:
        this.#open({ kind: 'array', value: [] });
        break;
      case TokenType.RIGHT_BRACE:
        this.#demand('}', 'name or }', ', or }');
        this.#close();
        break;
      case TokenType.RIGHT_BRACKET:
        this.#demand(']', 'value or ]', ', or ]');
        this.#close();
        break;
      case TokenType.COLON:
        this.#demand(':', ':');
        this.#expected = 'value';
        break;
      case TokenType.COMMA:
        this.#demand(',', ', or ]', ', or }');
        this.#expected = this.#expected === ', or ]' ? 'value' : 'name';
        break;
      case TokenType.STRING:
        if (this.#expected === 'name' || this.#expected === 'name or }') this.#name(String(value));
        else this.#scalar(value, 'text');
        break;
      default:
        this.#scalar(value, 'value');
    }
  }

  /** The value; throws where the text held none, or ended within one. */
  result(): JsonValue {
    if (this.#expected !== 'end' || this.#root === undefined) throw new Problem('The text ends too early');
    return this.#root;
  }

  #open(container: Container): void {
    this.#demand(container.kind === 'object' ? '{' : '[', 'value', 'value or ]');
    if (this.#stack.length >= MAX_DEPTH) throw new Problem(`Nesting deeper than ${MAX_DEPTH}`);
    this.#put(container.value);
    this.#stack.push(container);
    this.#expected = container.kind === 'object' ? 'name or }' : 'value or ]';
  }

  #close(): void {
    this.#stack.pop();
    this.#afterValue();
  }

  #name(name: string): void {
    const top = this.#stack.at(-1);
    if (top?.kind === 'object') {
      if (++top.members > MAX_MEMBERS) throw new Problem(`More than ${MAX_MEMBERS} members of one object`);
      top.key = name;
    }
    this.#expected = ':';
  }

  #scalar(value: JsonValue, what: string): void {
    this.#demand(what, 'value', 'value or ]');
    this.#put(value);
    this.#afterValue();
  }

  #put(value: JsonValue): void {
    const top = this.#stack.at(-1);
    if (top === undefined) this.#root = value;
    else if (top.kind === 'array') top.value.push(value);
    else if (top.key !== '__proto__') top.value[top.key] = value;
  }

  #afterValue(): void {
    const top = this.#stack.at(-1);
    this.#expected = top === undefined ? 'end' : top.kind === 'array' ? ', or ]' : ', or }';
  }

  /** Throws unless one of two things is expected where `found` stands. */
  #demand(found: string, one: Expected, other: Expected = one): void {
    if (this.#expected === one || this.#expected === other) return;
    throw new Problem(`Unexpected ${found.length === 1 ? `'${found}'` : found}, expected ${this.#expected}`);
  }
}
