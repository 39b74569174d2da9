import { define } from './define.js';

/** Errors of services and their resources. */

export const NotFound = define(
  { reason: 'not_found', status: 404, when: 'Something named in the request does not exist.', remedy: 'Check the name.' },
  (message: string) => message,
);
export const ServiceNotFound = define(
  { reason: 'service_not_found', status: 404, when: 'No service has this name.', remedy: 'Check the name.' },
  (name: string) => `Could not find a service for ${name}`,
);
export const ServiceInactive = define(
  { reason: 'service_inactive', status: 403, when: 'The service is deactivated.', remedy: 'Activate the service.' },
  (name: string) => `Service ${name} is deactivated.`,
);
export const ServiceNotBuilt = define(
  {
    reason: 'service_not_built',
    status: 501,
    when: 'The service is of a type that this version does not serve yet.',
    remedy: 'See the list of service types in the documentation.',
  },
  (type: string) => `Services of type '${type}' are not implemented in this version.`,
);
export const ApiDocsForbidden = define(
  {
    reason: 'api_docs_forbidden',
    status: 403,
    when: 'The caller may not use the service whose API document is asked for.',
    remedy: 'Give the role access to the service.',
  },
  (service: string) => `You do not have access to API Docs for the requested service ${service}.`,
);
export const NoApiDocs = define(
  {
    reason: 'no_api_docs',
    status: 503,
    when: 'The service describes no calls, or the document stored for it cannot be read.',
    remedy: 'Store a document in OpenAPI 3 (JSON) with the service.',
  },
  (service: string) => `There are no defined API Docs for the requested service ${service}.`,
);
export const NotImplemented = define(
  {
    reason: 'not_implemented',
    status: 501,
    when: 'The request asks for something that this version does not do yet.',
    remedy: 'See the list of differences in the documentation.',
  },
  (message: string) => message,
);
export const ResourceNotFound = define(
  {
    reason: 'resource_not_found',
    status: 404,
    when: 'The service has no such resource.',
    remedy: 'GET the service for the list of its resources.',
  },
  (resource: string, service: string) => `Resource '${resource}' not found for service '${service}'.`,
);
export const RecordNotFound = define(
  {
    reason: 'record_not_found',
    status: 404,
    when: 'No record has this identifier, or the caller may not see it.',
    remedy: 'Check the identifier.',
  },
  (id: string) => `Record with identifier '${id}' not found.`,
);
export const UnknownRelationship = define(
  {
    reason: 'unknown_relationship',
    status: 400,
    when: 'related names a relationship that does not exist.',
    remedy: 'Use a relationship of the resource.',
  },
  (name: string) => `Unknown relationship: ${name}`,
);
export const SourceUnavailable = define(
  {
    reason: 'source_unavailable',
    status: 503,
    when: 'The data source of a service does not answer.',
    remedy: 'Try again later; the operator finds the cause in the log.',
  },
  (service: string) => `The data source of service '${service}' is not available.`,
);
export const SourceBusy = define(
  {
    reason: 'source_busy',
    status: 503,
    when: 'All connections of a service are busy and too many calls wait for one, or one waited longer than the acquire timeout.',
    remedy: 'Try again later; the operator may enlarge the pool.',
  },
  (service: string) => `Service '${service}' is busy.`,
);
export const SourceTimeout = define(
  {
    reason: 'source_timeout',
    status: 504,
    when: 'The data source took longer than the statement timeout.',
    remedy: 'Ask for less, or add an index.',
  },
  (service: string) => `The data source of service '${service}' did not answer in time.`,
);
export const CallCancelled = define(
  {
    reason: 'call_cancelled',
    status: 499,
    when: 'The client closed the connection before the answer; only the log shows it.',
    remedy: 'None is needed.',
  },
  () => 'The call was cancelled.',
);
export const SourceRefused = define(
  {
    reason: 'source_refused',
    status: 400,
    when: 'The data source cannot be reached as configured (dry run, connect).',
    remedy: 'Correct the configuration.',
  },
  (problem: string) => `The connection failed. ${problem}`,
);
export const EgressRefused = define(
  {
    reason: 'egress_refused',
    status: 400,
    when: 'A service is configured to connect to an address that the egress policy refuses.',
    remedy: 'Let the operator allow it with DF_EGRESS_ALLOW.',
  },
  (address: string) => `Connections to ${address} are not allowed.`,
);
export const OwnStoreRefused = define(
  {
    reason: 'own_store_refused',
    status: 400,
    when: 'A service is configured to connect to, or to open, a store of Headgate itself, such as its system database or its Redis.',
    remedy: 'Keep the data on another server or in another file; no setting allows this.',
  },
  (store: string) => `${store} is a store of Headgate itself, which no service may open.`,
);
export const Overloaded = define(
  {
    reason: 'overloaded',
    status: 503,
    when: 'The worker has no room for another call, or is shutting down.',
    remedy: 'Try again after Retry-After.',
  },
  () => 'The server is busy. Wait, then retry with exponential backoff.',
);
export const WorkerStopped = define(
  {
    reason: 'worker_stopped',
    status: 503,
    when: 'The worker had to stop before the call was done.',
    remedy: 'The call may have taken effect: read what it was to change, then try again.',
  },
  () => 'This worker had to stop before the call was done. It may have taken effect.',
);
export const SystemUnavailable = define(
  {
    reason: 'system_unavailable',
    status: 503,
    when: 'The system database does not answer.',
    remedy: 'Try again later; the operator finds the cause in the log.',
    retryAfter: 5,
  },
  () => 'The system database is not available.',
);
export const QueueUnavailable = define(
  {
    reason: 'queue_unavailable',
    status: 503,
    when: 'The store of the queues does not answer, so that work cannot be queued.',
    remedy: 'Try again later; the operator finds the cause in the log.',
    retryAfter: 5,
  },
  () => 'The queue is not available.',
);
export const NoWorker = define(
  {
    reason: 'no_worker',
    status: 503,
    when: 'No worker process takes calls at the moment: all are starting, or have ended.',
    remedy: 'Try again after Retry-After; the operator finds the cause in the log.',
  },
  () => 'No worker is ready. Please try again.',
);
export const WorkerLost = define(
  {
    reason: 'worker_lost',
    status: 502,
    when: 'The worker process that had the call ended before it answered. Whether a write took place is not known.',
    remedy: 'Read before writing again.',
  },
  () => 'The worker ended before it answered.',
);
export const InternalError = define(
  {
    reason: 'internal_error',
    status: 500,
    when: 'A fault of the server.',
    remedy: 'Report it with the request id; the log has the details.',
  },
  () => 'Internal server error.',
);
