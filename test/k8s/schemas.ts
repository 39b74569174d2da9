import * as gateway from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import type { Rendered } from './rendering.js';

interface Model {
  readonly prototype: { validate(): void };
}

const MODELS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  v1: { ...core },
  'apps/v1': { ...apps },
  'autoscaling/v2': { ...autoscaling },
  'batch/v1': { ...batch },
  'gateway.networking.k8s.io/v1': { ...gateway },
  'networking.k8s.io/v1': { ...networking },
  'policy/v1': { ...policy },
};

/** What the schema of its kind says against an object, fields that the schema does not know included; empty when nothing. */
export function schemaProblems(object: Rendered): string[] {
  const model = MODELS[object.apiVersion]?.[object.kind];
  if (!isModel(model)) return [`no schema of ${object.apiVersion} ${object.kind}`];
  const watched = watch(object, '');
  try {
    model.prototype.validate.call(watched.value);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return watched.unread().map((field) => `${field} is not a field`);
}

function isModel(value: unknown): value is Model {
  return typeof value === 'function' && typeof value.prototype?.validate === 'function';
}

interface Watched {
  readonly value: unknown;
  unread(): string[];
}

/** The schemas let unknown fields pass, so the validator is watched: what it never looks at, its schema does not name. */
function watch(value: unknown, name: string): Watched {
  if (typeof value !== 'object' || value === null) return { value, unread: () => [] };
  const children = new Map(Object.entries(value).map(([key, child]) => [key, watch(child, `${name}/${key}`)]));
  const read = new Set<string>();
  return {
    value: new Proxy(value, {
      get(target, key) {
        if (typeof key === 'string') read.add(key);
        return typeof key === 'string' && children.has(key) ? children.get(key)?.value : Reflect.get(target, key);
      },
    }),
    unread: () => [...children].flatMap(([key, child]) => (read.has(key) ? child.unread() : [`${name}/${key}`])),
  };
}
