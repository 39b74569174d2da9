import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeadgateError } from '@headgate/core';
import { parseQuery } from '../request/query.js';
import { redirect } from './redirect.js';
import type { FirstAdministrator } from './setup.js';

/** `GET /`: to the set-up page while there is no administrator, else to the landing page, a session token passed on. */
export function createHome(first: FirstAdministrator, landingPage: string) {
  return async function home(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(await first.exists())) return redirect(response, '/setup');
    const token = sessionTokenOf(request);
    redirect(response, token === undefined ? landingPage : withParameter(landingPage, token));
  };
}

function sessionTokenOf(request: IncomingMessage): string | undefined {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  try {
    return (mark < 0 ? undefined : parseQuery(url.slice(mark + 1)).get('session_token')) || undefined;
  } catch (error) {
    if (error instanceof HeadgateError) return undefined;
    throw error;
  }
}

function withParameter(page: string, token: string): string {
  const hash = page.indexOf('#');
  const base = hash < 0 ? page : page.slice(0, hash);
  return `${base}${base.includes('?') ? '&' : '?'}session_token=${encodeURIComponent(token)}${hash < 0 ? '' : page.slice(hash)}`;
}
