import type { AppIdentity, CallTiming, HeadgateError, Verb } from '@headgate/core';
import { AppInactive } from '@headgate/core';
import type { AppRecord, Configuration, SystemDatabase, SystemState, UserRecord } from '@headgate/system-db';
import { hashApiKey } from '../api-keys.js';
import type { Passwords } from '../passwords/passwords.js';
import { compileRole } from '../roles/compile-role.js';
import type { AccessSettings } from '../settings.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import type { SessionClaims } from '../tokens/claims.js';
import type { Tokens, Verification } from '../tokens/tokens.js';
import { createBasicCredentials } from './basic-credentials.js';
import type { IdentifiedCaller } from './caller.js';
import { callerLookups } from './caller-lookups.js';

/** What a call brought along to say who it is, as `receive` found it (rest-core.md 2.1). */
export interface Credentials {
  readonly apiKey?: string | undefined;
  readonly token?: string | undefined;
  /** Only where there is no token. */
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  readonly address: string;
  readonly verb: Verb;
  readonly secFetchSite?: string | undefined;
  /** A login (`POST user/session`, `POST system/admin/session`): whatever token came along does not count. */
  readonly ignoreToken?: boolean;
  /** A refresh (`PUT` to these): the token is kept, but nothing is concluded from it. */
  readonly keepUnverifiedToken?: boolean;
}

/** The stage `identify`. */
export interface Identity {
  /**
   * Who calls. Synchronous when app, role, token and user are in memory. An unknown API key is no error here; what is wrong with a token
   * is remembered for `authorize`. Throws `AppInactive`, `UserInactive`, `UserGone`, `InvalidCredentials`, `CrossSiteRequest`,
   * `TooManyFailures`. What the call waits for the proof of the configuration is added to `timing`.
   */
  identify(credentials: Credentials, timing?: CallTiming): IdentifiedCaller | Promise<IdentifiedCaller>;
}

export interface IdentityParts {
  readonly db: SystemDatabase;
  readonly state: SystemState;
  readonly settings: AccessSettings;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
}

interface Findings {
  readonly user?: UserRecord;
  readonly token?: string | undefined;
  readonly claims?: SessionClaims;
  readonly problem?: HeadgateError;
}

const NOBODY: Findings = {};

export function createIdentity({ db, state, settings, tokens, passwords, throttle }: IdentityParts): Identity {
  const basicCredentials = createBasicCredentials({ db, state, passwords, throttle });
  /** The callers that an API key alone makes: the same for every call. They die with their configuration. */
  const keyCallers = new WeakMap<Configuration, Map<AppRecord, IdentifiedCaller>>();

  const identifyIn = (configuration: Configuration, credentials: Credentials): IdentifiedCaller | Promise<IdentifiedCaller> => {
    const { token, basic, address, verb, secFetchSite } = credentials;
    const apiKey = credentials.apiKey || undefined;
    const app = apiKey === undefined ? undefined : configuration.appsByKeyHash.get(hashApiKey(apiKey));
    if (app !== undefined && !app.isActive) throw AppInactive();
    const finish = (findings: Findings) => callerOf(configuration, settings, app, apiKey, findings);

    if (token && !credentials.ignoreToken) {
      if (credentials.keepUnverifiedToken) return finish({ token });
      const verification = tokens.verify(token, configuration);
      return verification instanceof Promise
        ? verification.then((outcome) => finish(findingsOf(token, outcome)))
        : finish(findingsOf(token, verification));
    }
    if (basic !== undefined) {
      const user = basicCredentials.verify({ ...basic, address, verb, secFetchSite });
      return user instanceof Promise ? user.then((found) => finish({ user: found })) : finish({ user });
    }
    if (app === undefined) return finish(NOBODY);

    let callers = keyCallers.get(configuration);
    if (callers === undefined) {
      callers = new Map();
      keyCallers.set(configuration, callers);
    }
    let caller = callers.get(app);
    if (caller === undefined) {
      caller = Object.freeze(finish(NOBODY));
      callers.set(app, caller);
    }
    return caller;
  };

  return {
    identify(credentials, timing) {
      const configuration = state.current();
      return configuration instanceof Promise
        ? proven(configuration, timing).then((loaded) => identifyIn(loaded, credentials))
        : identifyIn(configuration, credentials);
    },
  };
}

async function proven(coming: Promise<Configuration>, timing: CallTiming | undefined): Promise<Configuration> {
  const asked = performance.now();
  try {
    return await coming;
  } finally {
    if (timing) timing.waitingMs += performance.now() - asked;
  }
}

function findingsOf(token: string, outcome: Verification): Findings {
  return outcome.ok ? { token, user: outcome.user, claims: outcome.claims } : { token, problem: outcome.problem };
}

function callerOf(
  configuration: Configuration,
  settings: AccessSettings,
  app: AppRecord | undefined,
  apiKey: string | undefined,
  { user, token, claims, problem }: Findings,
): IdentifiedCaller {
  const isAdmin = user !== undefined && isUnrestricted(user);
  const role = isAdmin ? undefined : roleOf(configuration, app, user);
  const appIdentity: AppIdentity | undefined = app && { id: app.id, name: app.name };
  return {
    app: appIdentity,
    user,
    userRecord: user,
    role,
    isAdmin,
    requestor: 'API',
    sessionToken: token,
    apiKey,
    lookups: callerLookups({ configuration, settings, app: appIdentity, apiKey, role, user, sessionToken: token }),
    configuration,
    tokenProblem: problem,
    claims,
  };
}

/** An administrator without any role assignment; one with any is treated as the user of that role. */
export function isUnrestricted(user: UserRecord): boolean {
  return user.isSysAdmin && user.roles.size === 0;
}

/** The role of a user for an app, else the app's own; never one that the user has for another app (rest-core.md 3.3). */
export function roleOf(configuration: Configuration, app: AppRecord | undefined, user: UserRecord | undefined) {
  if (app === undefined) return undefined;
  const id = user?.roles.get(app.id) ?? app.roleId;
  const record = id === null ? undefined : configuration.roles.get(id);
  return record === undefined ? undefined : compileRole(record);
}
