/** Codes of Node's network and TLS errors: the other side could not be reached, or not be trusted. */
const NETWORK =
  /^(E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|NOTFOUND|HOSTUNREACH|NETUNREACH|HOSTDOWN|ADDRNOTAVAIL|AI_AGAIN|ACCES|NOENT|PROTO)|ENOTFOUND|ENOENT|EAI_\w+|CERT_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+|ERR_(SSL|TLS)_\w+|ERR_STREAM_\w+)$/;

/** Whether an error is one of the connection and not of what was asked on it. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && NETWORK.test(error.code);
}
