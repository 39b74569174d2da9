import type { ServiceType } from '@headgate/core';
import { container, fileFields, flag, host, integer, list, picklist, port, secret, text, userName } from './fields.js';
import { IN_SERVICE, planned, table } from './planned-type.js';

const REGIONS = [
  ['US East (N. Virginia)', 'us-east-1'],
  ['US East (Ohio)', 'us-east-2'],
  ['US West (N. California)', 'us-west-1'],
  ['US West (Oregon)', 'us-west-2'],
  ['Asia Pacific (Mumbai)', 'ap-south-1'],
  ['Asia Pacific (Seoul)', 'ap-northeast-2'],
  ['Asia Pacific (Singapore)', 'ap-southeast-1'],
  ['Asia Pacific (Sydney)', 'ap-southeast-2'],
  ['Asia Pacific (Tokyo)', 'ap-northeast-1'],
  ['Canada (Central)', 'ca-central-1'],
  ['China (Beijing)', 'cn-north-1'],
  ['EU (Frankfurt)', 'eu-central-1'],
  ['EU (Ireland)', 'eu-west-1'],
  ['EU (London)', 'eu-west-2'],
  ['EU (Paris)', 'eu-west-3'],
  ['South America (Sao Paulo)', 'sa-east-1'],
  ['AWS GovCloud (US)', 'us-gov-west-1'],
] as const;

export const awsFields = [
  userName('key', 'Access Key ID'),
  secret('secret', 'Secret Access Key'),
  picklist('region', 'Region', REGIONS, { required: true, description: 'The region of the account.' }),
  text('proxy', 'Proxy', { description: 'A proxy to connect through.' }),
];

/** A folder of the local file system, named as one. */
const rootFolder = {
  ...container,
  type: 'string' as const,
  label: 'Root Folder',
  description: 'The folder below the storage folder that the service serves.',
};
const [publicPath] = fileFields;

export const fileTypes: readonly ServiceType[] = [
  planned('local_file', 'Local File Storage', 'File', 'File service supporting the local file system.', table('file_service_config'), [
    publicPath!,
    rootFolder,
  ]),
  planned(
    'ftp_file',
    'FTP File Storage',
    'File',
    'File service supporting the FTP protocol.',
    table('ftp_service_config'),
    [
      host(),
      port(21),
      text('username', 'Username'),
      secret('password', 'Password'),
      flag('ssl', 'SSL'),
      integer('timeout', 'Timeout', { default: 90 }),
      flag('passive', 'Passive Mode', { default: true }),
      ...fileFields,
    ],
    { destinationFields: ['host', 'port', 'ssl'] },
  ),
  planned(
    'sftp_file',
    'SFTP File Storage',
    'File',
    'File service supporting the SFTP protocol.',
    table('sftp_service_config'),
    [
      host(),
      port(22),
      text('username', 'Username'),
      secret('password', 'Password'),
      integer('timeout', 'Timeout', { default: 90 }),
      text('host_fingerprint', 'Host Fingerprint'),
      { ...secret('private_key', 'Private Key'), encrypted: false },
      ...fileFields,
    ],
    { destinationFields: ['host', 'port'] },
  ),
  planned(
    'webdav_file',
    'WebDAV File Storage',
    'File',
    'File service supporting WebDAV.',
    table('webdav_service_config'),
    [
      text('base_uri', 'Base URI', { required: true }),
      text('username', 'Username'),
      secret('password', 'Password'),
      picklist('auth_type', 'Authentication Type', [
        ['', null],
        ['Basic', 1],
        ['Digest', 2],
        ['NTLM', 4],
      ]),
      picklist('encoding', 'Encoding', [
        ['', null],
        ['Identity', 1],
        ['Deflate', 2],
        ['Gzip', 4],
        ['All', 7],
      ]),
      text('proxy', 'Proxy'),
      ...fileFields,
    ],
    { destinationFields: ['base_uri', 'proxy'] },
  ),
  planned('aws_s3', 'AWS S3', 'File', 'File storage service supporting the AWS S3 file system.', table('aws_config'), [
    ...awsFields,
    ...fileFields,
  ]),
  planned(
    'azure_blob',
    'Azure Blob Storage',
    'File',
    'File service supporting Azure Blob Storage.',
    table('azure_config'),
    [
      userName('account_name', 'Account Name'),
      secret('account_key', 'Account Key', { required: true }),
      picklist(
        'protocol',
        'Protocol',
        [
          ['HTTPS', 'https'],
          ['HTTP', 'http'],
        ],
        { required: true, default: 'https' },
      ),
      ...fileFields,
    ],
    { required: ['account_name'] },
  ),
  planned(
    'rackspace_cloud_files',
    'Rackspace Cloud Files',
    'File',
    'File service supporting Rackspace Cloud Files.',
    table('rackspace_config'),
    [
      text('username', 'Username', { required: true }),
      text('tenant_name', 'Tenant Name', { required: true }),
      secret('api_key', 'API Key', { required: true }),
      text('url', 'URL', { required: true }),
      text('region', 'Region', { required: true }),
      ...fileFields,
    ],
    { destinationFields: ['url'] },
  ),
  planned(
    'openstack_object_storage',
    'OpenStack Object Storage',
    'File',
    'File service supporting OpenStack Object Storage.',
    table('rackspace_config'),
    [
      text('username', 'Username', { required: true }),
      secret('password', 'Password', { required: true }),
      text('tenant_name', 'Tenant Name', { required: true }),
      text('url', 'URL', { required: true }),
      text('region', 'Region', { required: true }),
      ...fileFields,
    ],
    { destinationFields: ['url'] },
  ),
  planned('gridfs', 'GridFS', 'File', 'GridFS file storage service.', IN_SERVICE, [
    text('host', 'Host'),
    port(27017),
    text('database', 'Database', { required: true }),
    userName('username', 'Username'),
    secret('password', 'Password'),
    text('dsn', 'Connection String'),
    text('bucket_name', 'Bucket Name'),
    list('public_path', 'Public Path', 'string'),
  ]),
];
