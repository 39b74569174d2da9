import type { Logger } from '@headgate/core';
import { SILENT, VERBS, verbNames } from '@headgate/core';
import type { CorsRecord } from '@headgate/system-db';
import { compilePath, type PathPattern } from './path-pattern.js';
import { fitsWildcard } from './wildcard.js';

export type CorsHeaders = Readonly<Record<string, string>>;

/** What a preflight asks (OPTIONS with `Access-Control-Request-Method`). */
export interface Preflight {
  readonly origin: string;
  readonly method: string;
  /** `Access-Control-Request-Headers` as sent. */
  readonly headers: string | undefined;
}

/** Which browser pages may call (rest-core.md 3.9). Immutable; compiled once per version of the rules. Paths with leading slash. */
export interface CorsPolicy {
  /** The headers of an answer to a call with this `Origin`; undefined when no rule fits the path. */
  headers(path: string, origin: string): CorsHeaders | undefined;
  preflight(path: string, preflight: Preflight): { readonly status: 204 | 405; readonly headers: CorsHeaders };
  /** Whether a page of this origin may call the path. */
  allows(path: string, origin: string): boolean;
}

/** What pages need to read whatever the rule says. */
const ALWAYS_EXPOSED = [
  'X-Request-Id',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'ETag',
  'Link',
];

const VARY: CorsHeaders = Object.freeze({ Vary: 'Origin' });
const NOTHING: CorsHeaders = Object.freeze({});
const USUAL_VERBS = VERBS.GET | VERBS.POST | VERBS.PUT | VERBS.PATCH | VERBS.DELETE;
const ONE_HOUR = 3600;

interface Rule {
  readonly fits: PathPattern;
  readonly origins: readonly string[];
  /** The one value that is sent whatever the origin: `*` or the only configured one. */
  readonly fixedOrigin: string | undefined;
  readonly methods: readonly string[];
  readonly methodText: string;
  /** Undefined: what the request asks for. */
  readonly headers: string | undefined;
  readonly maxAge: string;
  readonly credentials: boolean;
  readonly exposed: string;
  /** The headers of actual calls, where they are the same for every origin. */
  readonly fixed: CorsHeaders | undefined;
}

/** Compiles the rules of `system/cors` and the origins of `DF_CORS_ORIGINS`, which may call everything. */
export function compileCors(records: readonly CorsRecord[], extraOrigins: readonly string[], log: Logger = SILENT): CorsPolicy {
  const rules = records
    .filter((record) => record.enabled)
    .toSorted((a, b) => b.path.length - a.path.length)
    .flatMap((record) => {
      const fits = compilePath(record.path);
      if (typeof fits === 'function') return [compileRule(record, fits)];
      log.once(`cors:${record.id}`, 'a CORS rule is ignored', { rule: record.id, problem: fits.problem });
      return [];
    });
  const extra = extraOrigins.length === 0 ? undefined : extraRule(extraOrigins);

  const ruleFor = (path: string, origin: string): Rule | undefined => {
    const rule = rules.find((candidate) => candidate.fits(path));
    if (extra === undefined || (rule !== undefined && isAllowed(rule, origin))) return rule;
    return isAllowed(extra, origin) ? extra : rule;
  };

  return {
    headers(path, origin) {
      const rule = ruleFor(path, origin);
      if (rule === undefined) return extra === undefined ? undefined : VARY;
      return rule.fixed ?? (isAllowed(rule, origin) ? actualHeaders(rule, origin) : VARY);
    },
    preflight(path, { origin, method, headers }) {
      const rule = ruleFor(path, origin);
      if (rule === undefined || !rule.methods.includes(method.toUpperCase())) return { status: 405, headers: NOTHING };
      if (rule.fixedOrigin === undefined && !isAllowed(rule, origin)) return { status: 405, headers: VARY };
      return { status: 204, headers: preflightHeaders(rule, origin, headers) };
    },
    allows(path, origin) {
      const rule = ruleFor(path, origin);
      return rule !== undefined && isAllowed(rule, origin);
    },
  };
}

/** What an operator can do about a refused origin, for the log. `prefix`: of the API, `/api`. */
export function refusedOriginHint(path: string, origin: string, prefix = '/api'): string {
  const shown = printable(origin);
  const rule = {
    path: '*',
    origin: shown,
    header: '*',
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    max_age: ONE_HOUR,
    enabled: true,
  };
  return (
    `Pages of ${shown} may not call ${printable(path)}. To allow it: POST ${prefix}/v2/system/cors ${JSON.stringify({ resource: [rule] })}, ` +
    `or start with DF_CORS_ORIGINS=${shown}.`
  );
}

/** Why `system/cors` must refuse a path, or undefined. */
export function corsPathProblem(path: string): string | undefined {
  const compiled = compilePath(path);
  return typeof compiled === 'function' ? undefined : compiled.problem;
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?').slice(0, 200);
}

function compileRule(record: CorsRecord, fits: PathPattern): Rule {
  const headers = list(record.header);
  return finish({
    fits,
    origins: list(record.origin),
    methods: verbNames(record.method),
    headers: headers.includes('*') ? undefined : headers.map((name) => name.toLowerCase()).join(', '),
    maxAge: String(record.maxAge),
    credentials: record.supportsCredentials,
    exposed: [...new Set([...list(record.exposedHeader), ...ALWAYS_EXPOSED])].join(', '),
  });
}

function extraRule(origins: readonly string[]): Rule {
  return finish({
    fits: () => true,
    origins,
    methods: verbNames(USUAL_VERBS),
    headers: undefined,
    maxAge: String(ONE_HOUR),
    credentials: false,
    exposed: ALWAYS_EXPOSED.join(', '),
  });
}

function finish(parts: Omit<Rule, 'fixedOrigin' | 'fixed' | 'methodText'>): Rule {
  const fixedOrigin = fixedOriginOf(parts.origins, parts.credentials);
  const rule: Rule = { ...parts, methodText: parts.methods.join(', '), fixedOrigin, fixed: undefined };
  return fixedOrigin === undefined ? rule : { ...rule, fixed: actualHeaders(rule, fixedOrigin) };
}

function fixedOriginOf(origins: readonly string[], credentials: boolean): string | undefined {
  if (origins.includes('*')) return credentials ? undefined : '*';
  return origins.length === 1 && !origins[0]!.includes('*') ? origins[0] : undefined;
}

function isAllowed(rule: Rule, origin: string): boolean {
  return rule.origins.some((pattern) => fitsWildcard(pattern, origin));
}

function originHeaders(rule: Rule, origin: string): Record<string, string> {
  const headers: Record<string, string> = { 'Access-Control-Allow-Origin': rule.fixedOrigin ?? origin };
  if (rule.fixedOrigin === undefined) headers.Vary = 'Origin';
  if (rule.credentials) headers['Access-Control-Allow-Credentials'] = 'true';
  return headers;
}

function actualHeaders(rule: Rule, origin: string): CorsHeaders {
  return Object.freeze({ ...originHeaders(rule, origin), 'Access-Control-Expose-Headers': rule.exposed });
}

function preflightHeaders(rule: Rule, origin: string, asked: string | undefined): CorsHeaders {
  const headers = originHeaders(rule, origin);
  headers['Access-Control-Allow-Methods'] = rule.methodText;
  const allowed = rule.headers ?? asked ?? '';
  if (allowed !== '') headers['Access-Control-Allow-Headers'] = allowed;
  if (rule.headers === undefined && asked !== undefined)
    headers.Vary = headers.Vary ? `${headers.Vary}, Access-Control-Request-Headers` : 'Access-Control-Request-Headers';
  headers['Access-Control-Max-Age'] = rule.maxAge;
  return headers;
}

function list(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
