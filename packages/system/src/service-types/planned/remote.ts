import type { ServiceType } from '@headgate/core';
import { configField } from '@headgate/core';
import { cacheFields, flag, list, longText, map, picklist, secret, text } from './fields.js';
import { IN_SERVICE, planned, table } from './planned-type.js';

/** Remote, script, source control and other services that call something outside. */

const verbs = configField('action', 'verb_mask', 'Verbs', { description: 'The verbs for which it is used.' });

const script = (name: string, label: string, description: string): ServiceType =>
  planned(name, label, 'Script', description, table('script_config', { cached: true }), [
    flag('queued', 'Queue For Later Execution'),
    flag('implements_access_list', 'Implements Access List'),
    longText('content', 'Content', { description: 'The script.' }),
    map('config', 'Additional Configuration'),
    configField('storage_service_id', 'integer', 'Storage Service'),
    text('storage_path', 'Storage Path'),
    text('scm_repository', 'Repository'),
    text('scm_reference', 'Reference'),
    ...cacheFields,
  ]);

export const remoteTypes: readonly ServiceType[] = [
  planned(
    'rws',
    'HTTP Service',
    'Remote Service',
    'A service to handle remote web services.',
    table('rws_config', { cached: true }),
    [
      longText('base_url', 'Base URL', { required: true, description: 'The address that the path of a call is added to.' }),
      map('options', 'CURL Options', 'Option', 'Value'),
      flag('replace_link', 'Replace Links', { description: 'Replace addresses of the remote service in answers.' }),
      flag('implements_access_list', 'Implements Access List'),
      flag('preserve_forward_trailing_slash', 'Preserve Trailing Slash'),
      list(
        'parameters',
        'Parameters',
        [
          text('name', 'Name'),
          text('value', 'Value'),
          flag('exclude', 'Exclude'),
          flag('outbound', 'Outbound'),
          flag('cache_key', 'Cache Key'),
          verbs,
        ],
        {
          description: 'Query parameters that are added or left out.',
        },
      ),
      list('headers', 'Headers', [text('name', 'Name'), text('value', 'Value'), flag('pass_from_client', 'Pass From Client'), verbs], {
        description: 'Headers that are added or passed on.',
      }),
      ...cacheFields,
    ],
    { destinationFields: ['base_url'] },
  ),
  planned('soap', 'SOAP Service', 'Remote Service', 'A service to handle SOAP services.', table('soap_config', { cached: true }), [
    text('wsdl', 'WSDL URI'),
    map('options', 'Options'),
    list('headers', 'Headers', [
      picklist('type', 'Type', [
        ['Generic', 'generic'],
        ['WSSE', 'wsse'],
      ]),
      text('namespace', 'Namespace'),
      text('name', 'Name'),
      text('data', 'Data'),
      flag('mustunderstand', 'Must Understand'),
      text('actor', 'Actor'),
    ]),
    text('wsse_username_token', 'WSSE Username Token'),
    ...cacheFields,
  ]),
  script('nodejs', 'Node.js', 'Service that runs scripts of Node.js.'),
  script('php', 'PHP', 'Service that runs scripts of PHP.'),
  script('python', 'Python', 'Service that runs scripts of Python 2.'),
  script('python3', 'Python3', 'Service that runs scripts of Python 3.'),
  planned('github', 'GitHub Service', 'Source Control', 'A client service for GitHub.', table('github_config'), [
    text('vendor', 'User or Organization', { required: true }),
    text('username', 'Username'),
    secret('password', 'Password'),
    secret('token', 'Token', { required: true }),
  ]),
  planned('bitbucket', 'Bitbucket Service', 'Source Control', 'A client service for Bitbucket.', table('bitbucket_config'), [
    text('vendor', 'User or Team', { required: true }),
    text('username', 'Username'),
    secret('password', 'Password'),
    secret('token', 'Token'),
  ]),
  planned(
    'gitlab',
    'GitLab Service',
    'Source Control',
    'A client service for GitLab.',
    table('gitlab_config'),
    [
      text('base_url', 'Base URL', { required: true, default: 'https://gitlab.com/api/v4/' }),
      secret('token', 'Token', { required: true }),
      text('namespace', 'Namespace'),
    ],
    { destinationFields: ['base_url'] },
  ),
  planned('mcp', 'MCP Server Service', 'MCP', 'A server of the Model Context Protocol.', IN_SERVICE, [
    text('oauth_client_id', 'OAuth Client ID'),
    secret('oauth_client_secret', 'OAuth Client Secret'),
    text('custom_login_url', 'Custom Login URL'),
    text('auto_oauth_service', 'Automatic OAuth Service'),
  ]),
  planned('api_builder', 'API Builder', 'API Builder', 'APIs composed of other services.', IN_SERVICE, [
    configField('api_id', 'integer', 'API', { description: 'The API that the service serves.' }),
  ]),
];
