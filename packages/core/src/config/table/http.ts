import { duration, flag, integer, isAddressRange, isHostName, isOrigin, list, matching, path, size, text } from '../kinds.js';
import { setting } from '../setting.js';

const PREFIX = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/;
const prefix = () => matching(PREFIX, 'path segments of letters, digits, - and _');

export const http = {
  host: setting('HOST', text('an address or host name to listen on'), 'The address to listen on; `0.0.0.0` or `::` for all.', {
    default: '127.0.0.1',
    defaultText: '127.0.0.1; `headgate api`: 0.0.0.0',
  }),
  port: setting('PORT', integer(0, 65_535), 'The port to listen on; 0 takes a free one.', { default: 8080 }),
  trustedProxies: setting(
    'DF_TRUSTED_PROXIES',
    list(
      'a comma list of addresses, ranges (10.0.0.0/8), loopback, linklocal, uniquelocal',
      (entry) => isAddressRange(entry) || ['loopback', 'linklocal', 'uniquelocal'].includes(entry),
    ),
    'The proxies whose `X-Forwarded-*` headers are believed.',
    { default: [], defaultText: 'none' },
  ),
  maxBody: setting('DF_MAX_BODY', size(), 'The largest body of a request; larger ones are refused with 413 before they are read whole.', {
    default: 10 * 1024 ** 2,
  }),
  maxInflight: setting(
    'DF_MAX_INFLIGHT',
    integer(1, 1_000_000),
    'The most calls at work at once in one worker; more are refused with 503 and `Retry-After`.',
    { default: 1000 },
  ),
  drain: setting('DF_DRAIN_SECONDS', duration('s'), 'How long a stopping worker goes on taking calls, so that the balancer notices.', {
    default: 0,
  }),
  shutdown: setting('DF_SHUTDOWN_SECONDS', duration('s'), 'How long a stopping worker waits for calls at work.', { default: 30_000 }),
  apiRoutePrefix: setting('DF_API_ROUTE_PREFIX', prefix(), 'The API lies at `/{prefix}/v2`.', { default: 'api' }),
  statusRoutePrefix: setting('DF_STATUS_ROUTE_PREFIX', prefix(), 'Replaces the word `status` of `/status`.', { default: 'status' }),
  storageRoutePrefix: setting('DF_STORAGE_ROUTE_PREFIX', prefix(), 'Public files lie at `/{prefix}/{file service}/{path}`.', {
    verdict: 'accepted',
  }),
  xmlRoot: setting('DF_XML_ROOT', matching(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'an XML element name'), 'The root element of XML answers.', {
    default: 'dfapi',
  }),
  alwaysWrapResources: setting('DF_ALWAYS_WRAP_RESOURCES', flag(), 'Lists come inside a wrapper.', { default: true }),
  resourceWrapper: setting('DF_RESOURCE_WRAPPER', matching(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'a name'), 'The name of that wrapper.', {
    default: 'resource',
  }),
  contentType: setting(
    'DF_CONTENT_TYPE',
    matching(/^(application\/json|application\/xml|text\/xml|text\/csv)$/i, 'application/json, application/xml, text/xml, text/csv'),
    'The format of answers where the call asks for none.',
    { default: 'application/json' },
  ),
  fileChunkSize: setting('DF_FILE_CHUNK_SIZE', size(), 'The size of the pieces in which files are sent.', {
    default: 10_000_000,
    verdict: 'accepted',
  }),
  landingPage: setting('DF_LANDING_PAGE', text('a path or an address'), 'Where `/` leads to.', {
    default: '/dreamfactory/dist/index.html',
  }),
  adminUiDir: setting('DF_ADMIN_UI_DIR', path(), 'The folder of a built DreamFactory admin app; served below `/dreamfactory/dist/`.'),
} as const;

export const cors = {
  origins: setting(
    'DF_CORS_ORIGINS',
    list('a comma list of origins such as https://app.example.com, or *', isOrigin),
    'Origins whose browser apps may call the API, besides those of `system/cors`.',
    { default: [], defaultText: 'none' },
  ),
} as const;

/** A word, a unix socket's path, an address, a range or a host name, the last two with a port where one is meant. */
function isEgressEntry(entry: string): boolean {
  if (['loopback', 'unix', 'private'].includes(entry.toLowerCase()) || /^unix:\//.test(entry) || isAddressRange(entry)) return true;
  const withPort = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(entry);
  const host = withPort ? (withPort[1] ?? withPort[2] ?? '') : entry;
  return isHostName(host) || isAddressRange(host);
}

export const egress = {
  allow: setting(
    'DF_EGRESS_ALLOW',
    list('a comma list of loopback, unix, unix:/path, addresses, ranges (127.0.0.0/8), host names and host:port', isEgressEntry),
    'Where services may connect to besides the open and private networks: loopback addresses and unix sockets are refused unless named here. Link-local and metadata addresses stay refused.',
    { default: [], defaultText: 'none; `headgate start`: loopback,unix' },
  ),
} as const;
