import type { JsonObject, SystemResource } from '@headgate/core';
import { answer, Forbidden, UnsupportedVerb, workerReportSchema } from '@headgate/core';
import type { Member, OpenSystemState } from '@headgate/system-db';

/**
 * `system/cluster`, for administrators: every worker that is alive, what it has to do and how its services' connections and stores are doing,
 * as it said itself within the last seconds. Nothing in it is an address, a name of a user, a connection string or a text of a driver.
 */
export function clusterResource(state: Pick<OpenSystemState, 'members' | 'triggers'>): SystemResource {
  return {
    name: 'cluster',
    label: 'Cluster',
    description: 'Workers alive, their load, how far each is behind the newest change, and how their services are doing.',
    async handle(request, path) {
      if ((request.verb !== 'GET' && request.verb !== 'HEAD') || path.length > 0)
        throw UnsupportedVerb(request.verb, 'cluster', path.join('/'));
      if (!request.caller.isAdmin) throw Forbidden('Only administrators may look at the cluster.');
      const members = await state.members();
      return answer({ triggers: state.triggers, workers: members.map(shownMember) });
    },
  };
}

function shownMember({ identity, startedAt, seenAt, silentSeconds, acknowledged, lag, report }: Member): JsonObject {
  // A worker of another version may say other things; what is not understood is left out.
  const { load, services, stores } = workerReportSchema.safeParse(report).data ?? {};
  return {
    id: identity.id,
    role: identity.role,
    host: identity.host,
    version: identity.version,
    started: startedAt,
    seen: seenAt,
    silent_seconds: silentSeconds,
    acknowledged,
    lag,
    load: load ?? null,
    services: services ?? [],
    stores: stores ?? [],
  };
}
