import type { DescribedOperation, DescribedPath, Verb } from '@headgate/core';
import { isVerb } from '@headgate/core';
import type { Mount } from './mount.js';

/** The calls of a service of fixed resources, for its API document. */
export function describeMounts(mounts: readonly Mount[]): DescribedPath[] {
  const root: DescribedPath = {
    segments: [],
    operations: [{ verb: 'GET', summary: 'List the resources of the service', answer: 'resources' }],
  };
  return [root, ...mounts.flatMap(describeMount)];
}

function describeMount({ resource, verbs, member }: Mount): DescribedPath[] {
  const segments = resource.name.split('/');
  const known = verbs.map((verb) => verb.toUpperCase()).filter((verb): verb is Verb => isVerb(verb));
  if (member === undefined)
    return [{ segments, operations: known.map((verb) => operation(verb, resource.label, 'object', resource.description)) }];
  return [
    { segments, operations: known.map((verb) => operation(verb, resource.label, 'records', resource.description)) },
    {
      segments: [...segments, `{${member}}`],
      operations: known.filter((verb) => verb !== 'POST').map((verb) => operation(verb, resource.label, 'record', resource.description)),
    },
  ];
}

function operation(verb: Verb, label: string, shape: 'record' | 'records' | 'object', description: string): DescribedOperation {
  const hasBody = verb === 'POST' || verb === 'PUT' || verb === 'PATCH';
  return {
    verb,
    summary: `${ACTIONS[verb] ?? verb} ${label}`,
    description,
    ...(hasBody && { body: shape === 'records' ? 'records' : 'record' }),
    answer: shape,
    ...(verb === 'POST' && shape === 'records' && { status: 201 }),
  };
}

const ACTIONS: Partial<Record<Verb, string>> = { GET: 'Retrieve', POST: 'Create', PUT: 'Replace', PATCH: 'Update', DELETE: 'Delete' };
