import type { EventPath, JsonObject, JsonValue, Logger, ServiceRequest, SystemResource } from '@headgate/core';
import { answer, answerList, RequestOptions, UnsupportedVerb } from '@headgate/core';
import type { Configuration, ServiceRecord } from '@headgate/system-db';

interface EventParts {
  readonly configuration: () => Configuration;
  /** What events a service fires. */
  readonly eventsOf: (service: ServiceRecord) => Promise<readonly EventPath[]>;
  readonly log: Logger;
}

/** `system/event`: the events that services fire (rest-core.md 9, system-service.md 2.9). */
export function eventResource(parts: EventParts): SystemResource {
  return {
    name: 'event',
    label: 'Events',
    description: 'Allows retrieval of the events that services fire.',
    async handle(request, path) {
      if (request.verb !== 'GET' && request.verb !== 'HEAD') throw UnsupportedVerb(request.verb, 'event', path.join('/'));
      const options = new RequestOptions(request.parameters, {}, 'body');
      const services = servicesOf(request, parts.configuration(), options.text('service'));
      if (options.flag('services_only')) return answerList(services.map((service) => service.name));
      const maps = await Promise.all(
        services.map(async (service) => [service.name, await eventMap(service, parts, options.flag('scriptable'))] as const),
      );
      const described = maps.filter(([, map]) => Object.keys(map).length > 0);
      if (options.flag('as_list'))
        return answerList(described.flatMap(([, map]) => Object.values(map).flatMap((group) => namesOf(group as unknown as EventGroup))));
      return described.length === 0 ? answerList([]) : answer(Object.fromEntries(described));
    },
  };
}

/** Active services that the caller may use, by name. */
function servicesOf(request: ServiceRequest, configuration: Configuration, only: string | undefined): ServiceRecord[] {
  const { role } = request.caller;
  return [...configuration.services.values()]
    .filter((service) => service.isActive && (only === undefined || service.name === only.toLowerCase()))
    .filter((service) => request.access.isAdmin || role?.mayList(service.id) === true)
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

interface EventGroup {
  readonly endpoints: readonly string[];
  readonly parameter: Readonly<Record<string, readonly string[]>> | null;
}

/** The events of one service by path. A service that cannot say what it fires fires nothing that could be used here. */
async function eventMap(service: ServiceRecord, { eventsOf, log }: EventParts, scriptable: boolean): Promise<JsonObject> {
  try {
    const paths = await eventsOf(service);
    return Object.fromEntries(
      paths.map(({ path, verbs, parameters }) => {
        const event = path === '' ? service.name : `${service.name}.${path}`;
        return [
          event,
          {
            type: 'api',
            endpoints: verbs.flatMap((verb) => stages(`${event}.${verb.toLowerCase()}`, scriptable)),
            parameter: (parameters ?? null) as JsonValue,
          },
        ];
      }),
    );
  } catch (error) {
    log.warn('a service could not list its events', {
      service: service.name,
      error: error instanceof Error ? error.message : String(error),
    });
    return {};
  }
}

const stages = (event: string, scriptable: boolean) =>
  scriptable ? [`${event}.pre_process`, `${event}.post_process`, event, `${event}.queued`] : [event];

/** Names with each value of their placeholders beside the generic one. */
function namesOf(group: EventGroup): string[] {
  return group.endpoints.flatMap((name) => {
    const placeholder = Object.entries(group.parameter ?? {}).find(([parameter]) => name.includes(`{${parameter}}`));
    return placeholder === undefined ? [name] : [name, ...placeholder[1].map((value) => name.replace(`{${placeholder[0]}}`, value))];
  });
}
