import type { HeadgateError } from '../errors/define.js';
import { BadFilter } from '../errors/filter.js';

const BLANKS = /\s*/y;
const WORD_PART = /[\p{L}\p{N}_$]/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const CLOSING: Readonly<Record<string, string>> = { '"': '"', '`': '`', '[': ']' };

/** A filter text and a place in it that only moves forward, so that reading takes time linear in its length. */
export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character at hand; an empty text at the end. */
  get char(): string {
    return this.text.charAt(this.at);
  }

  skipBlanks(): void {
    BLANKS.lastIndex = this.at;
    BLANKS.exec(this.text);
    this.at = BLANKS.lastIndex;
  }

  /** Takes this text, in the case given, when it comes next. */
  take(symbol: string): boolean {
    if (!this.text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    return true;
  }

  /** Takes this keyword (given in upper case) when it comes next in any case and no letter or digit follows it. */
  takeWord(word: string): boolean {
    if (!this.hasWordAt(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** Takes keywords separated by blanks, all or none. */
  takeWords(first: string, second: string): boolean {
    const start = this.at;
    if (!this.takeWord(first)) return false;
    this.skipBlanks();
    if (this.takeWord(second)) return true;
    this.at = start;
    return false;
  }

  hasWordAt(word: string, at: number): boolean {
    const end = at + word.length;
    if (!isSameWord(this.text, at, word)) return false;
    return end >= this.text.length || !WORD_PART.test(charAt(this.text, end));
  }

  /**
   * The inside of a quoted value, the place being at its opening quote. A doubled quote stands for one; a quote before a letter or a
   * digit belongs to the value: `'O'Brien'`.
   */
  quotedValue(): string {
    const quote = this.char;
    const start = this.at;
    let hasDoubled = false;
    let from = start + 1;
    for (;;) {
      const end = this.text.indexOf(quote, from);
      if (end === -1) throw this.expected(`the closing ${quote} of the value that starts here`, start);
      if (this.text[end + 1] === quote) {
        hasDoubled = true;
        from = end + 2;
      } else if (LETTER_OR_DIGIT.test(charAt(this.text, end + 1))) {
        from = end + 1;
      } else {
        this.at = end + 1;
        const inside = this.text.slice(start + 1, end);
        return hasDoubled ? inside.replaceAll(quote + quote, quote) : inside;
      }
    }
  }

  /** The name in quotes that starts here (`"x"`, `` `x` ``, `[x]`), or undefined when none does. */
  quotedName(): string | undefined {
    const closing = CLOSING[this.char];
    if (closing === undefined) return undefined;
    const start = this.at;
    const end = this.text.indexOf(closing, start + 1);
    if (end === -1) throw this.expected(`the closing ${closing} of the name that starts here`, start);
    this.at = end + 1;
    return this.text.slice(start + 1, end);
  }

  /** The refusal of a filter, saying where (from 1) and what was expected. */
  expected(what: string, at: number = this.at): HeadgateError {
    return BadFilter().withHint(`Position ${at + 1}: expected ${what}.`);
  }
}

/** A character as a whole code point. */
function charAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function isSameWord(text: string, at: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    // Clearing bit 5 makes ASCII letters upper case; keywords hold nothing else.
    if ((text.charCodeAt(at + index) & ~32) !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether a character is white space; blanks beyond ASCII count too. */
export function isBlank(char: string): boolean {
  const code = char.charCodeAt(0);
  return code <= 32 ? code === 32 || (code >= 9 && code <= 13) : code >= 160 && char.trim() === '';
}
