import type { Call } from './call.js';
import type { Room } from './room.js';

/**
 * Takes a place for the call until its response is closed; throws `Overloaded` where there is none (design.md 6). Nothing of the
 * call has been read or executed then.
 */
export function admit(call: Call, room: Room): void {
  room.enter({ mayBeAdmin: mayBeAdmin(call), share: room.shareOf(serviceIn(call.path)) });
  call.response.once('close', () => {
    room.leave();
    call.close();
  });
}

/** A call with nothing but an API key is no administrator's. Tokens in a body are not looked for: it has not been read. */
function mayBeAdmin({ request: { headers }, search }: Call): boolean {
  return headers['x-dreamfactory-session-token'] !== undefined || headers.authorization !== undefined || search.includes('session_token=');
}

/** The service that a path `/v2/{service}/...` names, as it is written there. */
function serviceIn(path: string): string {
  const version = path.indexOf('/', 1);
  if (version < 0) return '';
  const end = path.indexOf('/', version + 1);
  return end < 0 ? path.slice(version + 1) : path.slice(version + 1, end);
}
