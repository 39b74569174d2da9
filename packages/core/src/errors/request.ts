import { define } from './define.js';

/** Errors of a request itself, whatever it asks for. */

export const BadRequest = define(
  {
    reason: 'bad_request',
    status: 400,
    when: 'The request is not what the resource takes.',
    remedy: 'Read the message; it names what is wrong.',
  },
  (message: string) => message,
);
export const MalformedBody = define(
  {
    reason: 'malformed_body',
    status: 400,
    when: 'The body is not valid in its own format.',
    remedy: 'Correct the body at the place that the message names.',
  },
  (format: string, problem: string) => `Invalid or malformed ${format}. ${problem}`,
);
export const UnrecognizedBody = define(
  {
    reason: 'unrecognized_body',
    status: 400,
    when: 'A body without a known content type is neither JSON, XML nor CSV.',
    remedy: 'Send a Content-Type header that fits the body.',
  },
  () => 'Unrecognized payload type',
);
export const NoRecords = define(
  {
    reason: 'no_records',
    status: 400,
    when: 'A write to a collection has no list of records.',
    remedy: 'Send the records as a list in the wrapper, or as a bare array.',
  },
  (wrapper: string) =>
    `No record(s) detected in request. Please make sure record(s) are wrapped in a '${wrapper}' tag. Example: {"${wrapper}":[{"record":1},{"record":2}]}`,
);
export const BodyTooLarge = define(
  {
    reason: 'body_too_large',
    status: 413,
    when: 'The body is larger than DF_MAX_BODY.',
    remedy: 'Send smaller batches, or let the operator raise DF_MAX_BODY.',
  },
  (limit: number) => `The request body is larger than the limit of ${limit} bytes (DF_MAX_BODY).`,
);
export const FormTooLarge = define(
  { reason: 'form_too_large', status: 413, when: 'A form body is larger than forms may be.', remedy: 'Send the data as JSON, XML or CSV.' },
  (limit: number) => `The form is larger than the limit of ${limit} bytes for forms.`,
);
export const UnsupportedVerb = define(
  {
    reason: 'unsupported_verb',
    status: 400,
    when: 'The resource has no handler for the verb.',
    remedy: 'Use a verb that the resource supports.',
  },
  (verb: string, handler: string, path: string) =>
    path === ''
      ? `${verb} requests without a resource are not currently supported by the '${handler}' service.`
      : `${verb} requests for resource '${path}' are not currently supported by the '${handler}' service.`,
);
export const MethodNotAllowed = define(
  {
    reason: 'method_not_allowed',
    status: 405,
    when: 'The HTTP method is none that the API knows.',
    remedy: 'Use GET, POST, PUT, PATCH or DELETE.',
  },
  (method: string) => `The ${method} method is not supported.`,
);
export const NotAcceptable = define(
  {
    reason: 'not_acceptable',
    status: 406,
    when: 'The answer cannot be sent in any format that the request accepts.',
    remedy: 'Accept application/json, application/xml or text/csv.',
  },
  (accepted: string) => `The response cannot be sent as ${accepted}. Available: application/json, application/xml, text/csv.`,
);
export const UnknownParameter = define(
  {
    reason: 'unknown_parameter',
    status: 400,
    when: 'A request with Prefer: handling=strict has a parameter that nothing reads.',
    remedy: 'Correct or remove the parameter.',
  },
  (name: string) => `Unknown parameter '${name}'.`,
);
export const CrossSiteRequest = define(
  {
    reason: 'cross_site_request',
    status: 403,
    when: 'A browser sends a write with basic credentials from another site.',
    remedy: 'Use an API key and a session token in headers.',
  },
  () => 'Cross-site requests with basic credentials are refused.',
);
export const ValidationFailed = define(
  {
    reason: 'validation_failed',
    status: 400,
    when: 'Fields of a record or configuration break their rules.',
    remedy: 'Correct the fields that context names.',
  },
  (messages: readonly string[]) => `Invalid data supplied. ${messages.join(' ')}`.trim(),
);
export const BatchFailed = define(
  {
    reason: 'batch_failed',
    status: 400,
    code: 1000,
    when: 'Some records of a batch could not be processed.',
    remedy: 'Look at context: error lists the positions, resource what happened at each.',
  },
  (verb: 'created' | 'updated' | 'deleted' | 'retrieved', rolledBack: boolean) =>
    `Batch Error: Not all requested records could be ${verb}.${rolledBack ? ' All changes rolled back.' : ''}`,
);
export const ContinueAndRollback = define(
  { reason: 'continue_and_rollback', status: 400, when: 'A batch asks for continue and rollback at once.', remedy: 'Ask for one of them.' },
  () => 'Rollback and continue operations can not be requested at the same time.',
);
export const DeleteNeedsSelection = define(
  {
    reason: 'delete_needs_selection',
    status: 400,
    when: 'A DELETE on a collection names no records.',
    remedy: 'Give ids, a filter, or the records.',
  },
  () => 'No filter or records given for delete request.',
);
