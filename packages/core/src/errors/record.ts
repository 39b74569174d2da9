import { define } from './define.js';

/** Errors of the records of the `system` and `user` services. */

export const InvalidField = define(
  {
    reason: 'invalid_field',
    status: 400,
    when: 'fields names a field that the records of a system resource do not have.',
    remedy: 'Use a field of the resource.',
  },
  (field: string) => `Invalid field '${field}'.`,
);
export const CreateByIdentifier = define(
  {
    reason: 'create_by_identifier',
    status: 400,
    when: 'A system record is created under an identifier of its own choice.',
    remedy: 'POST to the collection.',
  },
  () => 'Create record by identifier not currently supported.',
);
export const RelatedNotList = define(
  {
    reason: 'related_not_list',
    status: 400,
    when: 'A relation of many records is written with something that is no list.',
    remedy: 'Send the related records as a list.',
  },
  (relation: string) => `Bad data supplied for ${relation}. Related data must be supplied as array.`,
);
export const DeleteAllRefused = define(
  {
    reason: 'delete_all_refused',
    status: 400,
    when: 'A DELETE with force names neither ids nor a filter.',
    remedy: 'Name the records to delete by ids or a filter.',
  },
  () => 'Deleting all records is not supported. Give ids or a filter.',
);
export const ServiceTypeNotFound = define(
  {
    reason: 'service_type_not_found',
    status: 404,
    when: 'No service type has this name.',
    remedy: 'GET system/service_type for the list.',
  },
  (name: string) => `Service type '${name}' not found.`,
);
export const ServiceMisconfigured = define(
  {
    reason: 'service_misconfigured',
    status: 500,
    when: 'The stored configuration of a service does not fit its type.',
    remedy: 'Correct the configuration of the service; the log names the fields.',
  },
  (name: string) => `Service '${name}' is not configured correctly.`,
);
