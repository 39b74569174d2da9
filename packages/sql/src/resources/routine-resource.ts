import {
  answerList,
  NotFound,
  NotImplemented,
  nearest,
  RequestOptions,
  recordsOf,
  type ServiceRequest,
  type ServiceResponse,
  UnsupportedVerb,
  verbNames,
} from '@headgate/core';
import { labelOf } from '../schema/labels.js';
import type { TableContext } from '../table-context.js';
import { namedIn } from './named-in.js';
import { verbsOn } from './permissions.js';
import { listResources } from './resource-list.js';

/** `_proc` and `_func`: the routines of the database (database-services.md 10). This version lists them. */
export class RoutineResource {
  readonly #context: TableContext;
  readonly #kind: 'procedure' | 'function';
  readonly #name: '_proc' | '_func';

  constructor(context: TableContext, kind: 'procedure' | 'function') {
    this.#context = context;
    this.#kind = kind;
    this.#name = kind === 'procedure' ? '_proc' : '_func';
  }

  /** `path`: what follows `_proc` or `_func`. */
  async handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse> {
    if (!['GET', 'HEAD', 'POST'].includes(request.verb) || (path.length === 0 && request.verb === 'POST')) {
      throw UnsupportedVerb(request.verb, this.#name, path.join('/'));
    }
    const body = recordsOf(request.body, this.#context.envelope);
    const options = new RequestOptions(request.parameters, body.options, 'query');
    const schema = await (path.length === 0 && options.flag('refresh') ? this.#context.schema.refresh() : this.#context.schema.get());
    const routines = schema.routines.filter(({ kind }) => kind === this.#kind);
    if (path.length > 0)
      throw this.#refusal(
        path[0]!,
        routines.map(({ apiName }) => apiName),
      );
    if (namedIn(options, body) !== undefined)
      throw NotImplemented('Descriptions of procedures and functions are not implemented in this version.');
    const inSchema = options.text('schema')?.toLowerCase();
    const shown = routines.flatMap(({ apiName, schema: schemaName }) => {
      const mask = verbsOn(request, this.#name, apiName);
      if (mask === 0 || (inSchema !== undefined && schemaName?.toLowerCase() !== inSchema)) return [];
      const label = labelOf(apiName);
      return [
        { name: apiName, describe: () => ({ alias: null, name: apiName, label, description: null, native: [], access: verbNames(mask) }) },
      ];
    });
    return shown.length === 0 ? answerList([]) : listResources(shown, options);
  }

  #refusal(written: string, names: readonly string[]): Error {
    const name = written.replace(/\(.*$/s, '');
    if (names.some((known) => known.toLowerCase() === name.toLowerCase())) {
      return NotImplemented('Calling procedures and functions is not implemented in this version.');
    }
    const near = nearest(name, names);
    const what = this.#kind === 'procedure' ? 'Procedure' : 'Function';
    return NotFound(`${what} '${name}' does not exist in the database.`).withHint(
      near === undefined ? undefined : `Did you mean '${near}'?`,
    );
  }
}
