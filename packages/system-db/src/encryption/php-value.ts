/**
 * PHP's serialization of scalars and arrays, the plaintext of every stored secret: `s:6:"secret";`, `i:5;`, `b:1;`, `N;`, `a:1:{...}`.
 * Objects are refused: nothing of ours is one, and reading them has no meaning outside PHP.
 */
export type PhpValue = string | number | boolean | null | readonly PhpValue[] | { readonly [key: string]: PhpValue };

export function serializeText(text: string): string {
  return `s:${Buffer.byteLength(text)}:"${text}";`;
}

/** Throws `SyntaxError` for what is no serialized scalar or array. */
export function unserialize(bytes: Buffer): PhpValue {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (!reader.done) throw new SyntaxError('bytes after the serialized value');
  return value;
}

const MAX_DEPTH = 32;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(): PhpValue {
    const type = this.#take(2);
    switch (type) {
      case 'N;':
        return null;
      case 's:':
        return this.#string();
      case 'i:':
        return this.#number(/^-?\d+$/);
      case 'd:':
        return this.#number(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/);
      case 'b:':
        return this.#number(/^[01]$/) === 1;
      case 'a:':
        return this.#array();
      default:
        throw new SyntaxError('not a serialized value');
    }
  }

  #string(): string {
    const length = Number(this.#until(':'));
    if (!Number.isSafeInteger(length) || length < 0) throw new SyntaxError('bad length');
    this.#expect('"');
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new SyntaxError('text cut short');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    this.#expect('";');
    return text;
  }

  #number(form: RegExp): number {
    const digits = this.#until(';');
    if (!form.test(digits)) throw new SyntaxError('bad number');
    return Number(digits);
  }

  #array(): PhpValue {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxError('nested too deeply');
    const count = Number(this.#until(':'));
    this.#expect('{');
    const entries: [string, PhpValue][] = [];
    for (let index = 0; index < count; index++) {
      const key = this.value();
      if (typeof key !== 'string' && typeof key !== 'number') throw new SyntaxError('bad key');
      entries.push([String(key), this.value()]);
    }
    this.#expect('}');
    this.#depth--;
    return entries.every(([key], index) => key === String(index)) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
  }

  #take(length: number): string {
    const text = this.#bytes.toString('latin1', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  #until(mark: string): string {
    const end = this.#bytes.indexOf(mark, this.#at, 'latin1');
    if (end < 0) throw new SyntaxError(`${mark} expected`);
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #expect(text: string): void {
    if (this.#take(text.length) !== text) throw new SyntaxError(`${text} expected`);
  }
}
