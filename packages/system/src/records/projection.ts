import type { RequestOptions } from '@headgate/core';
import { AccessForbidden, allows, InvalidField, nearest, UnknownRelationship } from '@headgate/core';
import type { RecordField } from './field.js';
import { isShown, mayBeNamed } from './field.js';
import type { RecordCall, RecordResource } from './record-shape.js';
import type { Relation, Relations } from './relations.js';
import { isOwned } from './relations.js';
import { nearestHint } from './selection.js';

/** What of a record is answered: fields in the order asked for, and relations under the names asked for. */
export interface Projection {
  readonly fields: readonly RecordField[];
  readonly related: readonly AskedRelation[];
}

export interface AskedRelation {
  /** The name in the answer: an alias keeps its own. */
  readonly as: string;
  readonly relation: Relation;
}

/**
 * Reads `fields` and `related`, and refuses what is unknown or not the caller's to see, before anything is read or written.
 * `otherwise`: what an absent `fields` means; writes answer the key alone.
 */
export function readProjection(call: RecordCall, resource: RecordResource, relations: Relations, otherwise: 'all' | 'key'): Projection {
  return { fields: readFields(call.options, resource, otherwise), related: readRelated(call, resource, relations) };
}

function readFields(options: RequestOptions, resource: RecordResource, otherwise: 'all' | 'key'): RecordField[] {
  const names = options.list('fields');
  if (names?.includes('*') || (names === undefined && otherwise === 'all') || (names?.length === 0 && otherwise === 'all'))
    return resource.fields.filter((field) => isShown(field));
  const asked = names === undefined || names.length === 0 ? [resource.key] : [...names, ...(resource.always ?? [])];
  const named = resource.fields.filter(mayBeNamed);
  return [...new Set(asked)].map((name) => {
    const field = named.find((candidate) => candidate.name === name);
    if (field === undefined) throw InvalidField(name).withHint(nearestHint(name, named));
    return field;
  });
}

function readRelated(call: RecordCall, resource: RecordResource, relations: Relations): AskedRelation[] {
  const names = call.options.list('related') ?? [];
  return [...new Set(names)].map((as) => {
    const relation = relations.get(resource.relationAliases?.[as] ?? as);
    if (relation === undefined) throw UnknownRelationship(as).withHint(relationHint(as, relations));
    if (!isOwned(relation)) demandRight(call, relation.shape.right);
    return { as, relation };
  });
}

function relationHint(name: string, relations: Relations): string | undefined {
  const near = nearest(name, relations.keys());
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}

/** Records of another resource are shown to those who may read that resource themselves. */
function demandRight(call: RecordCall, right: string): void {
  const { access, requestor, service } = call.request;
  if (!allows(access.verbsFor(right, requestor), 'GET')) throw AccessForbidden('GET', right, service, true);
}
