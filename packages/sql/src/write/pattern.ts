import { createContext, Script } from 'node:vm';

/** Most milliseconds that one value may take: patterns come from administrators, the values from anybody. */
const BUDGET_MS = 10;
const MOST_PATTERNS = 200;

/** A pattern of a `match` rule, as PHP writes it: `/^[a-z]+$/i`. */
export interface Pattern {
  /** `undefined`: the value cost more than the budget of time, so that nobody knows. */
  test(value: string): boolean | undefined;
}

const patterns = new Map<string, Pattern | undefined>();

/**
 * The pattern in the base64 text of a rule; undefined when it is none. Compiled patterns are kept, up to a bound, then all are dropped.
 * Values are tested under a time limit, because backtracking can cost exponential time in patterns that look harmless: V8 looks for
 * the interrupt of the limit on every backtrack. A text alone cannot tell which patterns do so, hence no list of forbidden ones.
 */
export function patternOf(encoded: string): Pattern | undefined {
  if (patterns.has(encoded)) return patterns.get(encoded);
  if (patterns.size >= MOST_PATTERNS) patterns.clear();
  const pattern = compile(Buffer.from(encoded, 'base64').toString());
  patterns.set(encoded, pattern);
  return pattern;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const FLAGS: Readonly<Record<string, string>> = { i: 'i', m: 'm', s: 's', u: 'u', D: '' };

function compile(text: string): Pattern | undefined {
  const open = text.charAt(0);
  const close = CLOSING[open] ?? open;
  const end = text.lastIndexOf(close);
  if (end < 1 || /[\w\s\\]/.test(open)) return undefined;
  const flags = [...text.slice(end + 1)].map((flag) => FLAGS[flag]);
  if (flags.includes(undefined)) return undefined;
  const regexp = expressionOf(fromPcre(text.slice(1, end), open), [...new Set(flags)].join(''));
  if (!regexp) return undefined;
  const sandbox = { regexp, value: '' };
  const context = createContext(sandbox);
  const script = new Script('regexp.test(value)');
  return {
    test(value) {
      sandbox.value = value;
      try {
        return script.runInContext(context, { timeout: BUDGET_MS }) === true;
      } catch {
        return undefined;
      }
    },
  };
}

/** What PCRE writes differently, as far as JavaScript can say it. */
function fromPcre(pattern: string, delimiter: string): string {
  const escaped = pattern.replace(/\\(.)/gs, (whole, char: string) => {
    if (char === 'A') return '^';
    if (char === 'z' || char === 'Z') return '$';
    return char === delimiter && /[/#~!@%,;:"'`=&-]/.test(char) ? char : whole;
  });
  return escaped.replaceAll('(?P<', '(?<');
}

function expressionOf(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}
