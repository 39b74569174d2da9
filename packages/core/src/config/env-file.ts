/** A line of a `.env` file that cannot be read. */
export interface EnvFileProblem {
  readonly line: number;
  readonly problem: string;
}

export interface EnvFile {
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly EnvFileProblem[];
}

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/**
 * Reads a `.env` file as the original's loader does: `NAME=value`, `export` before it, `#` comments, single quotes (verbatim), double
 * quotes (escapes), and `${NAME}` of an earlier line or of `environment` outside single quotes. A later line wins.
 */
export function parseEnvFile(source: string, environment: Readonly<Record<string, string | undefined>> = {}): EnvFile {
  const values = new Map<string, string>();
  const problems: EnvFileProblem[] = [];
  const substitute = (value: string) =>
    value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => environment[name] ?? values.get(name) ?? whole);

  source
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .forEach((raw, index) => {
      const trimmed = raw.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return;
      const match = ASSIGNMENT.exec(trimmed);
      if (!match) {
        problems.push({ line: index + 1, problem: 'is not NAME=value' });
        return;
      }
      const value = readValue(match[2]!, substitute);
      if (value === undefined) problems.push({ line: index + 1, problem: 'has a quote that does not end, or text after it' });
      else values.set(match[1]!, value);
    });
  return { values, problems };
}

function readValue(source: string, substitute: (value: string) => string): string | undefined {
  const quote = source[0];
  if (quote === "'") return /^'([^']*)'\s*(?:#.*)?$/.exec(source)?.[1];
  if (quote === '"') {
    const inner = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(source)?.[1];
    if (inner === undefined) return undefined;
    return inner
      .split(/(\\.)/)
      .map((part, index) => (index % 2 === 1 ? (ESCAPES[part[1]!] ?? part) : substitute(part)))
      .join('');
  }
  return substitute(source.startsWith('#') ? '' : source.replace(/\s+#.*$/, '').trim());
}
