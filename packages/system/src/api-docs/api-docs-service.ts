import { accessOf, isIdentified, isPublicCall } from '@headgate/access';
import type { Caller, Envelope, Logger, Service, ServiceDeps, ServiceRequest, ServiceResponse, Verb } from '@headgate/core';
import {
  ApiDocsForbidden,
  allows,
  answer,
  answerList,
  componentOf,
  NoApiDocs,
  NotImplemented,
  RequestOptions,
  ResourceNotFound,
  ServiceInactive,
  ServiceNotBuilt,
  ServiceNotFound,
  UnsupportedVerb,
} from '@headgate/core';
import type { Configuration, ServiceRecord, SystemDatabase } from '@headgate/system-db';
import { equals, serviceDocTable } from '@headgate/system-db';
import type { ServiceTypeRegistry } from '../service-types/registry.js';
import { customDocument } from './custom-document.js';
import { type DocumentScope, describedDocument } from './described-document.js';
import { openApi, type ServiceDocument } from './openapi.js';
import { wholeDocument } from './whole-document.js';

interface ApiDocsParts {
  readonly db: Pick<SystemDatabase, 'findOne'>;
  readonly types: ServiceTypeRegistry;
  readonly envelope: Envelope;
  readonly log: Logger;
  readonly configuration: () => Configuration;
  /** Under which the API is served: `/api`. */
  readonly prefix: string;
  readonly open: (record: ServiceRecord) => Service;
}

/** The service `api_docs` (services.md 5.1): OpenAPI documents of the services that the caller may use. Open to all, and empty to nobody. */
export function apiDocsService(deps: ServiceDeps, parts: ApiDocsParts): Service {
  const docs = new ApiDocs(parts);
  return {
    async handle(request) {
      const [service, ...rest] = request.path;
      if (request.verb !== 'GET' && request.verb !== 'HEAD')
        throw UnsupportedVerb(request.verb, deps.definition.name, request.path.join('/'));
      if (rest.length > 0) throw ResourceNotFound(request.path.join('/'), deps.definition.name);
      return service === undefined ? docs.all(request) : docs.one(request, service.toLowerCase());
    },
    events: async () => [
      { path: '', verbs: ['GET'] },
      { path: '{service}', verbs: ['GET'] },
    ],
    async close() {},
  };
}

class ApiDocs {
  readonly #parts: ApiDocsParts;

  constructor(parts: ApiDocsParts) {
    this.#parts = parts;
  }

  async one(request: ServiceRequest, name: string): Promise<ServiceResponse> {
    const { types, prefix, envelope } = this.#parts;
    const record = this.#configuration(request.caller).servicesByName.get(name);
    // Whoever may not use it does not learn whether it exists.
    if (!mayUse(request.caller, record?.id ?? UNKNOWN_SERVICE)) throw ApiDocsForbidden(name);
    if (record === undefined) throw ServiceNotFound(name);
    if (!record.isActive) throw ServiceInactive(name);
    const document = await this.#documentOf(record, request);
    const description = record.description ?? '';
    const group = types.find(record.type)?.group ?? '';
    const info = { title: record.label, description, version: VERSION, group };
    return answer(openApi({ url: `${prefix}/v2/${record.name}`, info, tags: [{ name: record.name, description }] }, document, envelope));
  }

  async all(request: ServiceRequest): Promise<ServiceResponse> {
    const { prefix, envelope } = this.#parts;
    const options = new RequestOptions(request.parameters, {}, 'query');
    const services = this.#services(request.caller);
    if (options.flag('as_access_list')) return answerList(['', '*', ...services.map(({ name }) => name)]);
    if (options.flag('as_list')) return answerList(services.map(({ name }) => name));
    const found = await Promise.all(services.map(async (record) => [record, await this.#documentIfAny(record, request)] as const));
    const documents = found.flatMap(([record, document]) => (document === undefined ? [] : [[record, document] as const]));
    const whole = wholeDocument(new Map(documents.map(([record, document]) => [record.name, document])));
    const tags = documents.map(([{ name, description }]) => ({ name, description: description ?? '' }));
    const info = { title: 'Headgate Live API Documentation', description: '', version: VERSION };
    return answer(openApi({ url: `${prefix}/v2`, info, tags }, whole, envelope));
  }

  #configuration(caller: Caller): Configuration {
    return isIdentified(caller) ? caller.configuration : this.#parts.configuration();
  }

  /** Active services that the caller may use, by name; documents themselves are not documented. */
  #services(caller: Caller): ServiceRecord[] {
    return [...this.#configuration(caller).services.values()]
      .filter((record) => record.isActive && record.type !== 'swagger' && mayUse(caller, record.id))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Of a service that cannot tell what it offers, nothing is shown among others. */
  async #documentIfAny(record: ServiceRecord, request: ServiceRequest): Promise<ServiceDocument | undefined> {
    try {
      return await this.#documentOf(record, request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.log.warn('a service could not be documented', { service: record.name, error: reason });
      return undefined;
    }
  }

  async #documentOf(record: ServiceRecord, request: ServiceRequest): Promise<ServiceDocument> {
    const { db, types, envelope, open } = this.#parts;
    const options = new RequestOptions(request.parameters, {}, 'query');
    const scope: DocumentScope = { service: record.name, envelope, expand: options.flag('expand_schema'), may: rightsOn(record, request) };
    const stored = await db.findOne(serviceDocTable, equals('service_id', record.id));
    if (stored !== undefined && stored.content !== null && stored.content.trim() !== '') {
      if (stored.format !== JSON_FORMAT) throw NotImplemented('API documents in YAML are not implemented in this version.');
      return customDocument(stored.content, record, scope);
    }
    const type = types.find(record.type);
    if (type === undefined || type.status === 'planned') throw ServiceNotBuilt(record.type);
    const description = await open(record).describe?.({ refresh: options.flag('refresh') });
    if (description === undefined || description.paths.length === 0) throw NoApiDocs(record.name);
    return describedDocument(description, scope);
  }
}

/** Of the documents, as the original says. */
const VERSION = '2.0';

const JSON_FORMAT = 0;

/** No service has this id: only rights on all services cover it. */
const UNKNOWN_SERVICE = 0;

function mayUse({ isAdmin, role }: Caller, serviceId: number): boolean {
  return isAdmin || (role?.isActive === true && role.mayList(serviceId));
}

/** The caller's rights on a service, measured as a call of the path would be. */
function rightsOn(record: ServiceRecord, { caller, requestor }: ServiceRequest): DocumentScope['may'] {
  const access = accessOf(caller, record);
  return (verb: Verb, segments) => {
    const component = componentOf(segments.map((segment) => (/^\{.*\}$/.test(segment) ? '*' : segment)));
    return allows(access.verbsFor(component, requestor), verb) || isPublicCall(record.type, component, verb);
  };
}
