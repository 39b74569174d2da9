import type { ConfigField, ServiceType } from '@headgate/core';
import { appRoleMap, defaultRole, flag, iconClass, integer, list, longText, picklist, secret, text } from './fields.js';
import { planned, table } from './planned-type.js';

/** Services by which users sign on elsewhere: OAuth, OpenID Connect, SAML, LDAP. */

const client: readonly ConfigField[] = [
  defaultRole,
  text('client_id', 'Client ID', { required: true }),
  secret('client_secret', 'Client Secret', { required: true }),
  text('redirect_url', 'Redirect URL', { required: true }),
  iconClass,
];

const oauth = (name: string, label: string): ServiceType =>
  planned(
    `oauth_${name}`,
    `${label} OAuth`,
    'OAuth',
    `OAuth service for supporting ${label} authentication and API access.`,
    table('oauth_config'),
    [
      ...client,
      flag('custom_provider', 'Custom Provider'),
      flag('allow_new_users', 'Allow New Users', { default: true }),
      ...(name === 'google' ? [flag('map_group_to_role', 'Map Group to Role')] : []),
      appRoleMap,
      ...(name === 'google'
        ? [list('group_role_map', 'Role per Group', [integer('role_id', 'Role'), text('group_email', 'Group Email')])]
        : []),
    ],
  );

const directory = (name: string, label: string, more: readonly ConfigField[]): ServiceType =>
  planned(
    name,
    label,
    'LDAP',
    `A service for supporting ${label} integration.`,
    table('ldap_config'),
    [
      defaultRole,
      appRoleMap,
      text('host', 'Host', { required: true }),
      text('base_dn', 'Base DN', { required: true }),
      text('account_suffix', 'Account Suffix'),
      flag('map_group_to_role', 'Map Group to Role'),
      ...more,
    ],
    { destinationFields: ['host'] },
  );

const saml = (name: string, label: string): ServiceType =>
  planned(name, label, 'SSO', `${label} service supporting single sign-on.`, table('saml_config'), [
    defaultRole,
    text('sp_nameIDFormat', 'SP nameIDFormat'),
    longText('sp_x509cert', 'SP x509cert'),
    { ...secret('sp_privateKey', 'SP privateKey'), encrypted: false },
    text('relay_state', 'Relay State'),
    text('idp_entityId', 'IdP entityId', { required: true }),
    text('idp_singleSignOnService_url', 'IdP singleSignOnService URL', { required: true }),
    longText('idp_x509cert', 'IdP x509cert', { required: true }),
    iconClass,
    appRoleMap,
  ]);

export const signOnTypes: readonly ServiceType[] = [
  oauth('bitbucket', 'Bitbucket'),
  oauth('facebook', 'Facebook'),
  oauth('github', 'GitHub'),
  oauth('google', 'Google'),
  oauth('linkedin', 'LinkedIn'),
  oauth('microsoft-live', 'Microsoft Live'),
  oauth('twitter', 'Twitter'),
  oauth('salesforce', 'Salesforce'),
  planned(
    'oauth_azure_ad',
    'Azure Active Directory OAuth',
    'OAuth',
    'OAuth service for supporting Azure Active Directory authentication.',
    table('azure_ad_config'),
    [
      defaultRole,
      text('client_id', 'Client ID', { required: true }),
      secret('client_secret', 'Client Secret'),
      text('redirect_url', 'Redirect URL', { required: true }),
      iconClass,
      text('tenant_id', 'Tenant ID', { required: true }),
      text('resource', 'Resource', { default: 'https://graph.microsoft.com/' }),
      appRoleMap,
    ],
  ),
  planned(
    'oidc',
    'OpenID Connect',
    'OAuth',
    'OpenID Connect service supporting SSO.',
    table('oidc_config'),
    [
      defaultRole,
      text('discovery_document', 'Discovery Document'),
      text('auth_endpoint', 'Authorization Endpoint'),
      text('token_endpoint', 'Token Endpoint'),
      text('user_endpoint', 'User Info Endpoint'),
      flag('validate_id_token', 'Validate ID Token'),
      text('jwks_uri', 'JWKS URI'),
      text('scopes', 'Scopes'),
      text('client_id', 'Client ID', { required: true }),
      secret('client_secret', 'Client Secret', { required: true }),
      text('redirect_url', 'Redirect URL', { required: true }),
      iconClass,
      appRoleMap,
    ],
    {
      destinationFields: ['token_endpoint', 'discovery_document'],
      rules: (config) => {
        if (config.discovery_document) return {};
        const needed = ['auth_endpoint', 'token_endpoint', 'scopes', ...(config.validate_id_token ? ['jwks_uri'] : [])];
        return Object.fromEntries(
          needed.filter((name) => !config[name]).map((name) => [name, `The ${name.replaceAll('_', ' ')} field is required.`]),
        );
      },
    },
  ),
  saml('saml', 'SAML 2.0'),
  saml('okta_saml', 'Okta SAML'),
  saml('auth0_sso', 'Auth0 SSO'),
  planned(
    'heroku_addon_sso',
    'Heroku Add-on SSO',
    'SSO',
    'Single sign-on for an add-on of Heroku.',
    { kind: 'json' },
    [
      secret('secret', 'Secret', { required: true }),
      picklist(
        'secret_type',
        'Secret Type',
        [
          ['String', 'string'],
          ['Environment variable', 'environment'],
        ],
        { default: 'string' },
      ),
    ],
    { singleton: true },
  ),
  directory('ldap', 'Standard LDAP', []),
  directory('adldap', 'Active Directory', [
    text('username', 'Username'),
    secret('password', 'Password'),
    flag('map_group_hierarchy', 'Map Group Hierarchy'),
  ]),
];
