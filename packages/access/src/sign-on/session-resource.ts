import {
  answer,
  type Caller,
  isTruthy,
  LoginIncomplete,
  NoSession,
  NotFound,
  RefreshFailed,
  ServiceNotBuilt,
  ServiceNotFound,
  type ServiceRequest,
  type ServiceResponse,
  type SystemResource,
  Unauthorized,
  UnsupportedVerb,
} from '@headgate/core';
import { equals, KNOWN_ADMIN_KEY, userTable } from '@headgate/system-db';
import { isUnrestricted } from '../identity/identity.js';
import { login } from './login.js';
import { sessionDocument } from './session-document.js';
import { identified, issuerOf, optionsOf, originOf, type Side, type SignOnParts, textField } from './sign-on-parts.js';

/** Types of services that log users in by themselves. */
const PROVIDER_TYPES = /^(oauth_.+|oidc|ldap|adldap|saml|okta_saml|auth0_sso)$/;

/**
 * DreamFactory's admin app, by the key that is compiled into it. It opens some of its pages only for root administrators; to everybody
 * else a session says what the original's open edition says.
 */
const isAdminApp = (caller: Caller) => caller.apiKey === KNOWN_ADMIN_KEY;

/** `user/session` and `system/admin/session` (rest-core.md 4.5, 5.1). */
export function sessionResource(parts: SignOnParts, side: Side): SystemResource {
  const { db, settings, tokens, state } = parts;

  const documentOf = async (
    userId: number,
    token: string | undefined,
    expiresAt: number | undefined,
    role: ServiceRequest['caller']['role'],
    caller: Caller,
  ) => {
    const [user, record] = await Promise.all([db.findOne(userTable, equals('id', userId)), state.user(userId)]);
    if (user === undefined || record === undefined) throw NoSession();
    return answer(
      sessionDocument({ user, token, expiresAt, role, showsRootAdmin: isAdminApp(caller) && isUnrestricted(record) }, settings),
    );
  };

  const show = async (request: ServiceRequest): Promise<ServiceResponse> => {
    await refuseProvider(request);
    const { user, isAdmin, sessionToken, role } = request.caller;
    if (side === 'admin') {
      if (user === undefined) throw NotFound('No user session found.');
      if (!isAdmin) throw Unauthorized('You are not authorized to perform this action.');
    }
    if (user === undefined) throw NoSession();
    return documentOf(user.id, sessionToken, identified(request)?.claims?.exp, role, request.caller);
  };

  const create = async (request: ServiceRequest): Promise<ServiceResponse> => {
    await refuseProvider(request);
    const account = textField(request, settings.loginAttribute);
    if (account === undefined) throw LoginIncomplete(settings.loginAttribute);
    const password = textField(request, 'password');
    if (password === undefined) throw LoginIncomplete('password');
    const forever = isTruthy(optionsOf(request).raw('remember_me'));
    const { user, issued, role, isUnrestricted } = await login(parts, request, { account, password, forever, side });
    return answer(
      sessionDocument(
        { user, token: issued.token, expiresAt: issued.claims.exp, role, showsRootAdmin: isAdminApp(request.caller) && isUnrestricted },
        settings,
      ),
    );
  };

  const refresh = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const token = request.caller.sessionToken;
    if (token === undefined) throw RefreshFailed('The token could not be parsed from the request');
    const issued = await tokens.refresh(token, { issuer: issuerOf(settings, side), origin: originOf(request) });
    return documentOf(issued.claims.user_id, issued.token, issued.claims.exp, undefined, request.caller);
  };

  const end = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const { sessionToken } = request.caller;
    const claims = identified(request)?.claims;
    if (sessionToken !== undefined && claims !== undefined) await tokens.revoke(sessionToken, claims);
    return answer({ success: true });
  };

  const refuseProvider = async (request: ServiceRequest): Promise<void> => {
    const name = optionsOf(request).text('service');
    if (name === undefined) return;
    const service = (await state.current()).servicesByName.get(name.toLowerCase());
    // A service of another kind is not said to exist.
    if (service === undefined || !PROVIDER_TYPES.test(service.type)) throw ServiceNotFound(name);
    throw ServiceNotBuilt(service.type);
  };

  return {
    name: side === 'admin' ? 'admin/session' : 'session',
    label: side === 'admin' ? 'Admin Session' : 'Session',
    description: 'Log in, look at the session, refresh it, log out.',
    async handle(request, path) {
      if (path.length > 0) throw UnsupportedVerb(request.verb, 'session', path.join('/'));
      switch (request.verb) {
        case 'GET':
        case 'HEAD':
          return show(request);
        case 'POST':
          return create(request);
        case 'PUT':
          return refresh(request);
        case 'DELETE':
          return end(request);
        default:
          throw UnsupportedVerb(request.verb, 'session', '');
      }
    },
  };
}
