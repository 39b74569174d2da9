import { BadRequest } from '@headgate/core';

/** Where a path of the API leads (rest-core.md 1.1). */
export interface Route {
  /** `root`: the list of services; `service`: everything else. */
  readonly kind: 'root' | 'service';
  /** `2.0`. */
  readonly apiVersion: string;
  /** Lower case; empty for `root`. */
  readonly service: string;
  /** The decoded segments below the service, empty ones left out. */
  readonly path: readonly string[];
  readonly trailingSlash: boolean;
}

const VERSION = /^v[0-9.]+$/;
const EMPTY: readonly string[] = Object.freeze([]);

/** The part of a path below the prefix (`/api`), or undefined for a path that is none of the API's. */
export function belowPrefix(pathname: string, prefix: string): string | undefined {
  if (!pathname.startsWith(prefix)) return undefined;
  const rest = pathname.slice(prefix.length);
  return rest === '' || rest.charCodeAt(0) === 47 ? rest : undefined;
}

/** Reads the path below the prefix. Segments are decoded after splitting, so that `%2F` stays inside its segment. */
export function readRoute(rest: string, method: string): Route {
  const segments = rest.split('/').filter((segment) => segment !== '');
  const trailingSlash = rest.endsWith('/');
  const version = segments.length > 0 && VERSION.test(segments[0]!) ? segments[0]! : undefined;
  const isRead = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  if (segments.length === 0 || (version !== undefined && segments.length === 1 && isRead)) {
    return { kind: 'root', apiVersion: versionName(version), service: '', path: EMPTY, trailingSlash };
  }
  const first = version !== undefined && segments.length > 1 ? 1 : 0;
  const path: string[] = [];
  for (let index = first + 1; index < segments.length; index++) {
    const segment = decodeSegment(segments[index]!);
    // The original deletes `..`; a dot segment can name nothing, and must not lead a service out of its folder.
    if (segment !== '..' && segment !== '.') path.push(segment);
  }
  return {
    kind: 'service',
    apiVersion: versionName(first === 1 ? version : undefined),
    service: decodeSegment(segments[first]!).toLowerCase(),
    path,
    trailingSlash,
  };
}

function versionName(version: string | undefined): string {
  if (version === undefined) return '2.0';
  const digits = version.slice(1);
  return digits.includes('.') ? digits : `${digits}.0`;
}

function decodeSegment(segment: string): string {
  const decoded = segment.includes('%') ? decode(segment) : segment;
  if (decoded.includes('\0')) throw BadRequest('The path of the request holds a NUL character.');
  return decoded;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw BadRequest('The path of the request is not valid percent-encoded UTF-8.');
  }
}

/** The path with identifiers left out, for logs and metrics: `_table/contact/{id}`. */
export function routeTemplate(path: readonly string[]): string {
  if (path.length === 0) return '';
  const kept = path[0]!.startsWith('_') || NESTED.has(path[1] ?? '') ? 2 : 1;
  return path.length <= kept ? path.join('/') : `${path.slice(0, kept).join('/')}/{id}`;
}

/** Second segments that are resources and no identifiers (`admin/session`). */
const NESTED: ReadonlySet<string> = new Set(['session', 'password', 'profile']);
