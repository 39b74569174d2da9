/**
 * Where the time of a call goes, in milliseconds. The call carries one along and whoever makes it wait adds to it: plain numbers on an object
 * that is there anyway, so that knowing costs nothing.
 */
export interface CallTiming {
  /** With a connection of a database in hand. */
  databaseMs: number;
  /** For a connection of a service's pool, and for the proof that the configuration at hand is the newest. */
  waitingMs: number;
}
