import type { JsonObject, ServiceRequest, SystemResource } from '@headgate/core';
import {
  answer,
  answerList,
  InvalidField,
  isTruthy,
  NotImplemented,
  RequestOptions,
  ServiceNotFound,
  UnsupportedVerb,
} from '@headgate/core';
import type { Configuration, ServiceRecord, SystemDatabase } from '@headgate/system-db';

const FIELDS = ['name', 'label', 'description', 'type'] as const;

/**
 * `system/cache` (operations.md 2.5). What is cached of a service hangs on its version: flushing raises it, so that every worker makes
 * the service anew before its next call.
 */
export function cacheResource(db: SystemDatabase, configuration: () => Configuration): SystemResource {
  return {
    name: 'cache',
    label: 'Cache Administration',
    description: 'Allows for administration of system-wide and service cache.',
    async handle(request, path) {
      const [name, ...rest] = path;
      const services = usable(request, configuration());
      if (request.verb === 'DELETE') {
        if (name === '_event') throw NotImplemented('Event scripts are not implemented in this version.');
        const flushed = name === undefined ? services : [named(services, name)];
        await db.change(async (change) => {
          for (const service of flushed) change.raise(`service:${service.id}`);
        });
        return answer({ success: true });
      }
      if ((request.verb !== 'GET' && request.verb !== 'HEAD') || name !== undefined || rest.length > 0)
        throw UnsupportedVerb(request.verb, 'cache', path.join('/'));
      return listOf(request, services);
    },
  };
}

function usable(request: ServiceRequest, configuration: Configuration): ServiceRecord[] {
  const { caller } = request;
  const services = [...configuration.services.values()].filter(
    (service) => service.isActive && (request.access.isAdmin || caller.role?.mayList(service.id) === true),
  );
  return services.sort((left, right) => (left.name < right.name ? -1 : 1));
}

function named(services: readonly ServiceRecord[], name: string): ServiceRecord {
  const service = services.find((candidate) => candidate.name === name.toLowerCase());
  if (service === undefined) throw ServiceNotFound(name);
  return service;
}

function listOf(request: ServiceRequest, services: readonly ServiceRecord[]) {
  const options = new RequestOptions(request.parameters, {}, 'body');
  if (isTruthy(options.raw('as_list'))) return answerList(services.map((service) => service.name));
  const names = options.list('fields') ?? ['name'];
  const fields: readonly string[] = names.includes('*') ? FIELDS : names;
  const unknown = fields.find((field) => !(FIELDS as readonly string[]).includes(field));
  if (unknown !== undefined) throw InvalidField(unknown);
  return answerList(
    services.map(
      (service): JsonObject => Object.fromEntries(FIELDS.filter((field) => fields.includes(field)).map((field) => [field, service[field]])),
    ),
  );
}
