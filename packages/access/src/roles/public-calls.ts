import type { Verb, VerbMask } from '@headgate/core';
import { allows, VERBS } from '@headgate/core';

/** Verbs by component that a type of service answers without permission (rest-core.md 3.7); `undefined` as component means all. */
interface PublicCall {
  readonly component: string | undefined;
  readonly mask: VerbMask;
}

const READ = VERBS.GET;
const CHANGE = VERBS.GET | VERBS.POST | VERBS.PUT | VERBS.PATCH;

const OAUTH: readonly PublicCall[] = [{ component: 'sso', mask: VERBS.POST }];
const SAML: readonly PublicCall[] = [
  { component: 'sso', mask: READ },
  { component: 'acs', mask: VERBS.POST },
  { component: 'metadata', mask: READ },
];

/** By the type of the service, never by its name: a database named `crm_oauth` stays closed. */
const PUBLIC_CALLS: ReadonlyMap<string, readonly PublicCall[]> = new Map([
  [
    'user',
    [
      { component: 'session', mask: CHANGE | VERBS.DELETE },
      { component: 'password', mask: VERBS.POST },
      { component: 'register', mask: VERBS.POST },
      { component: 'profile', mask: CHANGE },
    ],
  ],
  [
    'system',
    [
      { component: 'admin/session', mask: CHANGE | VERBS.DELETE },
      { component: 'admin/password', mask: VERBS.POST },
      { component: 'environment', mask: READ },
    ],
  ],
  ['swagger', [{ component: undefined, mask: READ }]],
  ...['facebook', 'twitter', 'github', 'google', 'linkedin', 'microsoft-live', 'bitbucket', 'azure_ad'].map(
    (provider) => [`oauth_${provider}`, OAUTH] as const,
  ),
  ['oidc', OAUTH],
  ...['saml', 'okta_saml', 'auth0_sso'].map((type) => [type, SAML] as const),
]);

/** Whether a call needs no permission. It may still demand a session itself. */
export function isPublicCall(type: string, component: string, verb: Verb): boolean {
  const calls = PUBLIC_CALLS.get(type);
  return calls?.some((call) => (call.component === undefined || call.component === component) && allows(call.mask, verb)) === true;
}
