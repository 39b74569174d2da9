import type { JsonObject, JsonValue, ServiceRequest, ServiceResponse } from '@headgate/core';
import { ALL_VERBS, answerList, isTruthy, RequestOptions, verbNames } from '@headgate/core';

/** One entry of `GET /api/v2/{service}`. */
export interface ListedResource {
  readonly name: string;
  readonly label: string;
  readonly description: string;
}

/** The resources of a service with fixed ones (rest-core.md 1.5). `patterns` are the components that a role editor offers. */
export function answerResources(
  request: ServiceRequest,
  resources: readonly ListedResource[],
  patterns: readonly string[],
): ServiceResponse {
  const options = new RequestOptions(request.parameters, {}, 'body');
  if (isTruthy(options.raw('as_access_list'))) return answerList(['', '*', ...patterns]);
  const idFields = options.list('id_field') ?? ['name'];
  const entries = resources.map((resource): JsonObject => {
    const access = isTruthy(options.raw('include_access'))
      ? { access: verbNames(request.access.verbsFor(resource.name, request.requestor) & ALL_VERBS) }
      : {};
    const { name, label, description } = resource;
    return { name, label, description, ...access };
  });
  if (isTruthy(options.raw('as_list'))) return answerList(entries.map((entry) => identifier(entry, idFields)));
  const fields = options.list('fields');
  if (fields?.includes('*')) return answerList(entries);
  return answerList(
    entries.map((entry) =>
      Object.fromEntries((fields ?? idFields).flatMap((field) => (entry[field] === undefined ? [] : [[field, entry[field]]]))),
    ),
  );
}

function identifier(entry: JsonObject, fields: readonly string[]): JsonValue {
  const values = fields.map((field) => entry[field] ?? null);
  return values.length === 1 ? values[0]! : `(${values.join(',')})`;
}
