import {
  answerList,
  RequestOptions,
  recordsOf,
  type ServiceRequest,
  type ServiceResponse,
  UnsupportedVerb,
  verbNames,
} from '@headgate/core';
import type { ServiceSchema } from '../schema/service-schema.js';
import type { TableContext } from '../table-context.js';
import { verbsOn } from './permissions.js';
import { listResources, type ResourceEntry } from './resource-list.js';

interface RootResource {
  readonly name: '_schema' | '_table' | '_proc' | '_func';
  readonly label: string;
  /** The names below it. */
  members(schema: ServiceSchema): readonly string[];
}

const TABLES: readonly RootResource[] = [
  { name: '_schema', label: 'Schema Table', members: (schema) => schema.tables.map(({ name }) => name) },
  { name: '_table', label: 'Table', members: (schema) => schema.tables.map(({ apiName }) => apiName) },
];
const ROUTINES: readonly RootResource[] = [
  { name: '_proc', label: 'Stored Procedure', members: (schema) => routineNames(schema, 'procedure') },
  { name: '_func', label: 'Stored Function', members: (schema) => routineNames(schema, 'function') },
];

function routineNames(schema: ServiceSchema, kind: 'procedure' | 'function'): string[] {
  return schema.routines.filter((routine) => routine.kind === kind).map(({ apiName }) => apiName);
}

/** The resources of the service, and the components that a role can name (database-services.md 2). */
export class ServiceRoot {
  readonly #context: TableContext;
  readonly #resources: readonly RootResource[];

  constructor(context: TableContext) {
    this.#context = context;
    this.#resources = context.dialect.capabilities.routines ? [...TABLES, ...ROUTINES] : TABLES;
  }

  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    if (request.verb !== 'GET' && request.verb !== 'HEAD') throw UnsupportedVerb(request.verb, this.#context.definition.name, '');
    const options = new RequestOptions(request.parameters, recordsOf(request.body, this.#context.envelope).options, 'query');
    if (options.flag('as_access_list')) return answerList(await this.accessList(request));
    const shown: ResourceEntry[] = [];
    for (const resource of this.#resources) if (await this.#isTouchable(request, resource)) shown.push(entryOf(request, resource, options));
    return shown.length === 0 ? answerList([]) : listResources(shown, options);
  }

  /** `_table/contact/` covers the collection, `_table/contact/*` the records too. */
  async accessList(request: ServiceRequest): Promise<readonly string[]> {
    const options = new RequestOptions(request.parameters, {}, 'query');
    const schema = await (options.flag('refresh') ? this.#context.schema.refresh() : this.#context.schema.get());
    const components = ['', '*'];
    for (const { name, members } of this.#resources) {
      components.push(`${name}/`, `${name}/*`);
      const isRoutine = name === '_proc' || name === '_func';
      for (const member of members(schema)) {
        if (verbsOn(request, name, member) === 0) continue;
        if (isRoutine) components.push(`${name}/${member}`);
        else components.push(`${name}/${member}/`, `${name}/${member}/*`);
      }
    }
    return components;
  }

  async #isTouchable(request: ServiceRequest, { name, members }: RootResource): Promise<boolean> {
    if (verbsOn(request, name) !== 0) return true;
    const schema = await this.#context.schema.get();
    return members(schema).some((member) => verbsOn(request, name, member) !== 0);
  }
}

function entryOf(request: ServiceRequest, { name, label }: RootResource, options: RequestOptions): ResourceEntry {
  const isAccessShown = options.flag('include_access') || options.list('fields')?.includes('access') === true;
  return { name, describe: () => ({ name, label, ...(isAccessShown && { access: verbNames(verbsOn(request, name)) }) }) };
}
