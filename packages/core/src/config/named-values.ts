import type { ConfigurationProblem } from './configuration-error.js';
import type { Kind } from './kinds.js';
import type { Setting } from './setting.js';

export type OriginSource = 'command line' | 'environment' | '.env' | 'default of the command' | 'default';

/** Where a value came from. */
export interface Origin {
  readonly source: OriginSource;
  /** The name under which it was found; `NAME_FILE` where a file held it. */
  readonly name: string;
}

export interface FoundText {
  readonly text: string;
  readonly origin: Origin;
}

/** A place where settings are given as texts by name. */
export interface TextSource {
  readonly source: OriginSource;
  get(name: string): string | undefined;
}

const WORDS_FOR_NOTHING = new Set(['null', '(null)', 'empty', '(empty)']);

/** The texts that are given for settings, over all places: the first place that has a name wins. */
export class NamedValues {
  readonly #sources: readonly TextSource[];
  readonly #readFile: (path: string) => string;
  readonly #problems: ConfigurationProblem[];

  constructor(sources: readonly TextSource[], readFile: (path: string) => string, problems: ConfigurationProblem[]) {
    this.#sources = sources;
    this.#readFile = readFile;
    this.#problems = problems;
  }

  /** The text given under exactly this name, or in the file that `NAME_FILE` names. Empty texts count as not given. */
  find(name: string, setting: Pick<Setting, 'file'> & { readonly kind: Pick<Kind<unknown>, 'takesNull'> }): FoundText | undefined {
    const direct = this.#given(name, setting.kind.takesNull ?? false);
    if (!setting.file) return direct;
    const file = this.#given(`${name}_FILE`, false);
    if (!file) return direct;
    if (direct) {
      this.#problems.push({ name, problem: `and ${name}_FILE are both set`, allowed: 'Set one of them.' });
      return direct;
    }
    const text = this.readFile(file.origin.name, file.text);
    return text === undefined ? undefined : { text, origin: file.origin };
  }

  /** The content of a file that holds a value, without the line break at its end; undefined (and a problem) when it cannot be read. */
  readFile(name: string, path: string): string | undefined {
    try {
      return this.#readFile(path).replace(/\r?\n$/, '');
    } catch {
      this.#problems.push({ name, problem: `names a file that cannot be read ("${path}")`, allowed: 'The path of a readable file.' });
      return undefined;
    }
  }

  #given(name: string, takesNull: boolean): FoundText | undefined {
    for (const place of this.#sources) {
      const text = place.get(name);
      if (text === undefined || text.trim() === '') continue;
      if (!takesNull && WORDS_FOR_NOTHING.has(text.trim().toLowerCase())) continue;
      return { text, origin: { source: place.source, name } };
    }
    return undefined;
  }
}
