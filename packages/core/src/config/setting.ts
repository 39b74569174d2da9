import type { Kind } from './kinds.js';

/**
 * - `works`: acts as its description says.
 * - `accepted`: read and checked, but nothing uses it yet; said once at start.
 * - `ignored`: known from the original, will never have an effect; said once at start.
 */
export type Verdict = 'works' | 'accepted' | 'ignored';

/** Resolves another setting of the table by its name, for defaults that follow from it. */
export type Resolve = (name: string) => unknown;

/** One row of the table of settings. */
export interface Setting<T = unknown> {
  /** The name in the environment; the newest where there are several. */
  readonly name: string;
  readonly kind: Kind<T>;
  readonly description: string;
  readonly default: T | undefined;
  /** A default that follows from other settings. */
  readonly defaultFrom: ((resolve: Resolve) => T | undefined) | undefined;
  /** What the documentation says of the default where the value alone does not. */
  readonly defaultText: string | undefined;
  /** Never logged, never shown. */
  readonly secret: boolean;
  /** May be given as `NAME_FILE`: a path whose content is the value. */
  readonly file: boolean;
  /** Older names of this very setting, the newest first: a newer one wins, a difference is reported. */
  readonly aliases: readonly string[];
  /** Names whose value is taken where this one is not set: broader settings, so a difference means nothing. */
  readonly fallbacks: readonly string[];
  readonly verdict: Verdict;
  /** Values (lower case) that ask for what is not offered, with what to do instead. */
  readonly refused: Readonly<Record<string, string>>;
  /** Values (lower case) that are accepted without acting as asked, with what happens instead. */
  readonly ignoredValues: Readonly<Record<string, string>>;
}

interface SettingOptions<T> {
  readonly default?: T;
  readonly defaultFrom?: (resolve: Resolve) => T | undefined;
  readonly defaultText?: string;
  readonly secret?: boolean;
  readonly file?: boolean;
  readonly aliases?: readonly string[];
  readonly fallbacks?: readonly string[];
  readonly verdict?: Verdict;
  readonly refused?: Readonly<Record<string, string>>;
  readonly ignoredValues?: Readonly<Record<string, string>>;
}

/** A row of the table. Without a default the setting's value may be undefined. */
export function setting<T>(
  name: string,
  kind: Kind<T>,
  description: string,
  options: SettingOptions<NoInfer<T>> & ({ readonly default: NoInfer<T> } | { readonly defaultFrom: (resolve: Resolve) => NoInfer<T> }),
): Setting<T>;
export function setting<T>(name: string, kind: Kind<T>, description: string, options?: SettingOptions<NoInfer<T>>): Setting<T | undefined>;
export function setting<T>(name: string, kind: Kind<T>, description: string, options: SettingOptions<T> = {}): Setting<T> {
  const secret = options.secret ?? false;
  return Object.freeze({
    name,
    kind,
    description,
    default: options.default,
    defaultFrom: options.defaultFrom,
    defaultText: options.defaultText,
    secret,
    file: options.file ?? secret,
    aliases: options.aliases ?? [],
    fallbacks: options.fallbacks ?? [],
    verdict: options.verdict ?? 'works',
    refused: options.refused ?? {},
    ignoredValues: options.ignoredValues ?? {},
  });
}

/** A name of the original that never has an effect here, and why. */
export interface IgnoredName {
  readonly name: string;
  readonly why: string;
  readonly secret: boolean;
}
