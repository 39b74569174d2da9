/** What is wrong with a store, in words that tell neither addresses nor users. */
export type StoreTrouble =
  | 'refused' // nobody listens there
  | 'unreachable' // no way to the host
  | 'unknown host'
  | 'timeout' // it did not answer in time
  | 'disconnected' // the connection was closed
  | 'authentication' // user or password are wrong, or missing
  | 'not permitted' // the user may not do that
  | 'tls' // the certificate or the handshake is refused
  | 'no primary' // Sentinel names none
  | 'read only' // a replica, or a disk without room
  | 'full' // out of memory
  | 'starting' // it is still loading its data
  | 'failed'; // anything else; the log at debug level has no more either

export interface Health {
  /** `connecting` until the first answer or failure. */
  readonly state: 'connecting' | 'connected' | 'failing';
  /** Since when it is in that state; ISO 8601, UTC, by this process's clock. */
  readonly since: string;
  /** What went wrong last, also where all is well again; null where nothing ever did. */
  readonly lastError: StoreTrouble | null;
  readonly lastErrorAt: string | null;
}

const CODES: Readonly<Record<string, StoreTrouble>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'disconnected',
  EPIPE: 'disconnected',
  EACCES: 'not permitted',
  EPERM: 'not permitted',
  EROFS: 'read only',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

/** The word for a network or system error. */
export function troubleOf(error: unknown): StoreTrouble {
  if (!(error instanceof Error)) return 'failed';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (Object.hasOwn(CODES, code)) return CODES[code]!;
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(code)) return 'tls';
  if (/timed? ?out|timeout/i.test(error.message)) return 'timeout';
  if (/connection is closed|isn't writeable|disconnected|socket (closed|hang up)/i.test(error.message)) return 'disconnected';
  return 'failed';
}
