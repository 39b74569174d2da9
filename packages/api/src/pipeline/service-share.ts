/** The calls of one service that are at work, so that one service does not take the room of all. */
export class ServiceShare {
  inside = 0;
}

/** A service may hold so many times as many places as are free. One slow service leaves a third of the room to others, two a fifth, never nothing. */
const TIMES_THE_FREE = 2;
/** So few calls of a service are never too many. */
const ALWAYS = 10;

/** Whether a service has its share of a room with so many free places. */
export function isShareTaken(share: ServiceShare, free: number): boolean {
  return share.inside >= ALWAYS && share.inside >= free * TIMES_THE_FREE;
}
