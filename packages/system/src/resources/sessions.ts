import type { SessionListing, Tokens } from '@headgate/access';
import type { JsonObject, ServiceRequest, ServiceResponse } from '@headgate/core';
import { answer, answerList, NotFound, RecordNotFound, ResourceNotFound, UnsupportedVerb } from '@headgate/core';
import type { SystemDatabase } from '@headgate/system-db';
import { all, equals, userTable } from '@headgate/system-db';

/** What the sign-on does with sessions. */
export type Sessions = Pick<Tokens, 'listSessions' | 'revokeSession' | 'revokeAll'>;

interface SessionsParts {
  readonly db: SystemDatabase;
  readonly sessions: Sessions;
  readonly resource: string;
  readonly isSysAdmin: boolean;
  /** Refuses callers who may not end the sessions of this user. */
  demand(request: ServiceRequest, userId: number): Promise<void>;
}

/** `system/user/{id}/session[/{session}]`: lists and ends sessions; `path` begins with the user's id. */
export async function handleSessions(request: ServiceRequest, path: readonly string[], parts: SessionsParts): Promise<ServiceResponse> {
  const [id = '', , session, ...rest] = path;
  if (rest.length > 0) throw ResourceNotFound(path.join('/'), parts.resource);
  const userId = /^\d{1,9}$/.test(id) ? Number(id) : 0;
  if ((await parts.db.count(userTable, all(equals('id', userId), equals('is_sys_admin', parts.isSysAdmin)))) === 0)
    throw RecordNotFound(id);
  switch (request.verb) {
    case 'GET':
    case 'HEAD':
      return listSessions(userId, session, parts);
    case 'DELETE':
      await parts.demand(request, userId);
      return endSessions(userId, session, parts);
    default:
      throw UnsupportedVerb(request.verb, parts.resource, path.join('/'));
  }
}

async function listSessions(userId: number, session: string | undefined, { sessions }: SessionsParts): Promise<ServiceResponse> {
  const open = (await sessions.listSessions(userId)).map(shown);
  if (session === undefined) return answerList(open);
  const one = open.find((candidate) => candidate.id === session);
  if (one === undefined) throw NotFound(`Session '${session}' not found.`);
  return answer(one);
}

async function endSessions(userId: number, session: string | undefined, { sessions }: SessionsParts): Promise<ServiceResponse> {
  if (session === undefined) {
    await sessions.revokeAll(userId);
  } else if (!(await sessions.revokeSession(userId, session))) {
    throw NotFound(`Session '${session}' not found.`);
  }
  return answer({ success: true });
}

function shown(session: SessionListing): JsonObject {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  const { jti, app_id, address, user_agent } = session;
  return { id: jti, app_id, issued_at: time(session.issued_at), expires_at: time(session.expires_at), address, user_agent };
}
