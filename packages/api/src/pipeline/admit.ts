import type { Call } from './call.js';
import type { Room } from './room.js';

/**
 * Takes a place for the call until its response is closed; throws `Overloaded` where there is none (design.md 6). Nothing of the
 * call has been read or executed then.
 */
export function admit(call: Call, room: Room): void {
  room.enter();
  call.response.once('close', () => {
    room.leave();
    call.close();
  });
}
