import type { IncomingMessage, ServerResponse } from 'node:http';
import { type } from 'node:os';
import type { Identity } from '@headgate/access';
import { HeadgateError, NO_BODY } from '@headgate/core';
import { LICENCE_LEVEL } from '@headgate/system';
import type { ClientAddresses } from '../request/address.js';
import { readCredentials } from '../request/credentials.js';
import { parseQuery } from '../request/query.js';
import { readRoute } from '../request/route.js';
import { sendJson } from './health.js';

/** What the document counts. */
export interface InstallationCounts {
  readonly app: number;
  readonly admin: number;
  readonly user: number;
  readonly service: number;
  readonly role: number;
}

export interface StatusFacts {
  readonly managed: boolean;
  /** `DF_INSTALL`. */
  readonly dist: string;
  readonly version: string;
  counts(): Promise<InstallationCounts>;
  /** UTC, `2026-08-20 10:15:00`; null when no administrator has ever logged in. */
  lastAdminLogin(): Promise<string | null>;
}

export interface StatusParts {
  readonly facts: StatusFacts;
  readonly identity: Identity;
  readonly addresses: ClientAddresses;
  readonly baseUrlOf: (request: IncomingMessage) => string;
}

interface StatusDocument {
  readonly version: string | null;
  readonly last_admin_login: string | null;
  readonly resources: Readonly<Record<keyof InstallationCounts, number | null>>;
}

const CACHED_FOR = 10_000;
const HIDDEN: StatusDocument = {
  version: null,
  last_admin_login: null,
  resources: { app: null, admin: null, user: null, service: null, role: null },
};

/**
 * The status document (rest-core.md 1.3). Every field is there for everybody; version, counts and the last login of an administrator
 * have values only for administrators: to a stranger they tell what to attack and whether someone is watching.
 */
export function createStatusPage({ facts, identity, addresses, baseUrlOf }: StatusParts) {
  let known: { readonly document: StatusDocument; readonly until: number } | undefined;
  const inside = async (): Promise<StatusDocument> => {
    if (known === undefined || known.until < performance.now()) {
      const [resources, last] = await Promise.all([facts.counts(), facts.lastAdminLogin()]);
      known = { document: { version: facts.version, last_admin_login: last, resources }, until: performance.now() + CACHED_FOR };
    }
    return known.document;
  };
  return async function statusPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { version, last_admin_login, resources } = (await isAdmin(request, identity, addresses)) ? await inside() : HIDDEN;
    sendJson(request, response, 200, {
      uri: baseUrlOf(request),
      managed: facts.managed,
      dist: facts.dist,
      demo: false,
      version,
      license: LICENCE_LEVEL,
      host_os: type(),
      last_admin_login,
      resources,
    });
  };
}

/** Bad credentials are no error here: the document is public. */
async function isAdmin(request: IncomingMessage, identity: Identity, addresses: ClientAddresses): Promise<boolean> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  try {
    const parameters = parseQuery(mark < 0 ? '' : url.slice(mark + 1));
    const credentials = readCredentials(request.headers, parameters, NO_BODY, readRoute('', 'GET'), 'GET', addresses.of(request));
    const caller = await identity.identify(credentials);
    return caller.isAdmin && caller.tokenProblem === undefined;
  } catch (error) {
    if (error instanceof HeadgateError) return false;
    throw error;
  }
}
