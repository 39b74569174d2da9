/** Who makes a call: a client over HTTP, or a script on the server (rest-core.md 3.5). Masks of roles are sums of these. */
export const REQUESTORS = { API: 1, SCRIPT: 2 } as const;

export type Requestor = keyof typeof REQUESTORS;
