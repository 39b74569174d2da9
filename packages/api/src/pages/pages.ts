import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import { HeadgateError, type Logger } from '@headgate/core';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { ClientGone } from '../pipeline/call.js';
import { serveAdminUi } from './admin-ui.js';
import { createReadyz, livez, type Readiness, sendJson } from './health.js';
import { createHome } from './home.js';
import { createNonce, html, sendPage } from './html.js';
import { createSetupPage, type FirstAdministrator } from './setup.js';
import { createStartPage, type StartPageSettings } from './start.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface PageParts {
  readonly first: FirstAdministrator;
  readonly readiness: Readiness;
  readonly status: Handler;
  /** `/status`. */
  readonly statusPath: string;
  /** `DF_LANDING_PAGE`. */
  readonly landingPage: string;
  /** `DF_ADMIN_UI_DIR`. */
  readonly adminUiDir: string | undefined;
  readonly inContainer: boolean;
  readonly start: StartPageSettings;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly log: Logger;
}

/** Where DreamFactory's admin app expects itself. */
const ADMIN_UI_PATH = '/dreamfactory/dist';

/** Mounts everything that is not the API: set-up, start page or admin app, status and health (rest-core.md 1.3, operations.md 7.4). */
export function mountPages(app: Express, parts: PageParts): void {
  const routes = express.Router({ caseSensitive: true });
  const get = (path: string, handler: Handler) => only(routes, path, ['GET', 'HEAD'], handler);
  for (const path of ['/livez', '/live', '/up']) get(path, livez);
  for (const path of ['/readyz', '/ready']) get(path, createReadyz(parts.readiness));
  get(parts.statusPath, parts.status);
  get('/', createHome(parts.first, parts.landingPage));
  only(routes, '/setup', ['GET', 'HEAD', 'POST'], createSetupPage(parts.first, parts.addressOf, parts.inContainer));
  if (parts.adminUiDir !== undefined) routes.use(ADMIN_UI_PATH, serveAdminUi(parts.adminUiDir));
  else mountStartPage(routes, get, parts);
  app.use(routes);
  app.use((request: Request, response: Response) => sendProblem(request, response, 404, 'There is no such page.'));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => fail(error, request, response, parts.log));
}

function mountStartPage(routes: express.Router, get: (path: string, handler: Handler) => void, parts: PageParts): void {
  const path = parts.landingPage.split(/[?#]/, 1)[0]!;
  // An address of another host, and what is served already, need no page.
  if (!path.startsWith('/') || path === '/' || path === '/setup') return;
  const page = createStartPage(parts.start);
  routes.get(literally(path), page);
  if (posix.basename(path) === 'index.html') get(literally(posix.dirname(path)), page);
}

function only(routes: express.Router, path: string, methods: readonly string[], handler: Handler): void {
  routes.all(path, async (request: Request, response: Response) => {
    if (methods.includes(request.method)) return handler(request, response);
    response.setHeader('Allow', methods.join(', '));
    sendProblem(request, response, 405, `The ${request.method} method is not supported here.`);
  });
}

/** A path in which no character means anything to Express. */
function literally(path: string): string {
  return path.replace(/[*:(){}[\]!?+\\]/g, '\\$&');
}

function fail(error: unknown, request: Request, response: Response, log: Logger): void {
  if (error instanceof ClientGone || response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof HeadgateError) sendProblem(request, response, error.status, error.message);
  else if (error instanceof URIError) sendProblem(request, response, 400, 'The address is not valid percent-encoded UTF-8.');
  else sendFault(error, request, response, log);
}

function sendFault(error: unknown, request: Request, response: Response, log: Logger): void {
  const id = randomUUID();
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('A page failed unexpectedly', { request_id: id, error: problem });
  sendProblem(request, response, 500, `Internal server error. The log has the details under ${id}.`);
}

/** A small page, or the API's form of an error for clients that ask for JSON. */
function sendProblem(request: Request, response: Response, status: number, message: string): void {
  if (/^application\/json\b/i.test(request.headers.accept ?? '')) {
    sendJson(request, response, status, { error: { code: status, context: null, message, status_code: status } });
    return;
  }
  const body = html`<h1>${status}</h1><p>${message}</p><p><a href="/">Start</a></p>`;
  sendPage(response, status, { title: `${status}`, nonce: createNonce(), body });
}
