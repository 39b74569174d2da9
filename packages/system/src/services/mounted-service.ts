import type { EventPath, Service, ServiceDeps, ServiceRequest, ServiceResponse } from '@headgate/core';
import { ResourceNotFound, UnsupportedVerb } from '@headgate/core';
import type { Mount } from './mount.js';
import { describeMounts } from './mounted-paths.js';
import { answerResources } from './resource-list.js';

interface MountedParts {
  readonly mounts: readonly Mount[];
  /** The components that a role editor offers for one resource. */
  readonly patternsOf: (name: string) => readonly string[];
  /** Answers names that are not mounted, or undefined. */
  readonly otherwise?: (request: ServiceRequest, name: string, path: readonly string[]) => ServiceResponse | undefined;
}

/** A service of fixed resources: `system`, `user`. A name may have two parts: `admin/session`. */
export function mountedService(deps: ServiceDeps, { mounts, patternsOf, otherwise }: MountedParts): Service {
  const byName = new Map(mounts.map(({ resource }) => [resource.name, resource]));
  const listed = mounts.map(({ resource: { name, label, description } }) => ({ name, label, description }));
  const patterns = listed.flatMap(({ name }) => patternsOf(name));

  return {
    async handle(request) {
      const [first, second, ...rest] = request.path;
      if (first === undefined) {
        if (request.verb !== 'GET' && request.verb !== 'HEAD') throw UnsupportedVerb(request.verb, deps.definition.name, '');
        return answerResources(request, listed, patterns);
      }
      const deep = second === undefined ? undefined : byName.get(`${first}/${second}`.toLowerCase());
      if (deep !== undefined) return deep.handle(request, rest);
      const resource = byName.get(first.toLowerCase());
      if (resource !== undefined) return resource.handle(request, second === undefined ? rest : [second, ...rest]);
      const other = otherwise?.(request, first.toLowerCase(), second === undefined ? rest : [second, ...rest]);
      if (other === undefined) throw ResourceNotFound(first, deps.definition.name);
      return other;
    },
    async accessList() {
      return ['', '*', ...patterns];
    },
    async events(): Promise<readonly EventPath[]> {
      return [{ path: '', verbs: ['get'] }, ...mounts.map(({ resource, verbs }) => ({ path: resource.name.replaceAll('/', '.'), verbs }))];
    },
    describe: async () => ({ paths: describeMounts(mounts) }),
    async close() {},
  };
}
