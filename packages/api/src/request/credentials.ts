import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '@headgate/access';
import type { Parameters, RequestBody, Verb } from '@headgate/core';
import { bodyObject } from '@headgate/core';
import type { Route } from './route.js';

const API_KEY = 'x-dreamfactory-api-key';
const SESSION_TOKEN = 'x-dreamfactory-session-token';

/** Finds the credentials of a call; of several places the first of rest-core.md 2.1 counts. */
export function readCredentials(
  sentHeaders: IncomingHttpHeaders,
  parameters: Parameters,
  body: RequestBody,
  route: Route,
  verb: Verb,
  address: string,
): Credentials {
  const headers = withDashes(sentHeaders);
  const { authorization } = headers;
  const fields = body.format === 'json' || body.format === 'form' ? bodyObject(body) : undefined;
  const token =
    (authorization === undefined ? undefined : bearerToken(authorization)) ??
    text(headers[SESSION_TOKEN]) ??
    text(fields?.session_token) ??
    text(parameters.get('session_token'));
  const isSession = isSessionResource(route);
  return {
    apiKey:
      text(parameters.get('api_key')) ??
      text(headers[API_KEY]) ??
      (fields === undefined || isAboutApps(route) ? undefined : text(fields.api_key)),
    token,
    basic: token === undefined && authorization !== undefined ? basicCredentials(authorization) : undefined,
    address,
    verb,
    secFetchSite: text(headers['sec-fetch-site']),
    ignoreToken: isSession && verb === 'POST',
    keepUnverifiedToken: isSession && verb === 'PUT',
  };
}

function bearerToken(authorization: string): string | undefined {
  const match = /^\s*bearer\s+(\S+)\s*$/i.exec(authorization);
  return match?.[1];
}

function basicCredentials(authorization: string): Credentials['basic'] {
  const match = /^\s*basic\s+(\S+)\s*$/i.exec(authorization);
  if (!match) return undefined;
  const decoded = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Where users log in, refresh and log out. */
function isSessionResource({ service, path }: Route): boolean {
  if (service === 'user') return path.length === 1 && path[0] === 'session';
  return service === 'system' && path.length === 2 && path[0] === 'admin' && path[1] === 'session';
}

/** In bodies below `system/app` the member `api_key` is data. */
function isAboutApps({ service, path }: Route): boolean {
  return service === 'system' && path[0]?.startsWith('app') === true;
}

/** Header names match with `-` or `_`: some proxies change one into the other. */
function withDashes(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  for (const name in headers) if (name.includes('_')) return renamed(headers);
  return headers;
}

function renamed(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const dashed = Object.entries(headers).map(([name, value]) => [name.replaceAll('_', '-'), value] as const);
  return { ...Object.fromEntries(dashed), ...headers };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
