/** HTTP verbs as DreamFactory's masks count them (rest-core.md 3.5). A mask is the sum of its verbs. */
export const VERBS = {
  GET: 1,
  POST: 2,
  PUT: 4,
  PATCH: 8,
  DELETE: 16,
  OPTIONS: 32,
  HEAD: 64,
  COPY: 128,
  TRACE: 256,
  CONNECT: 512,
} as const;

export type Verb = keyof typeof VERBS;
export type VerbMask = number;

/** GET, POST, PUT, PATCH and DELETE. */
export const ALL_VERBS: VerbMask = 31;

export function isVerb(text: string): text is Verb {
  return Object.hasOwn(VERBS, text);
}

export function allows(mask: VerbMask, verb: Verb): boolean {
  // HEAD is GET without the body (RFC 9110 9.3.2); asking for a bit of its own refused it to everyone.
  return (mask & VERBS[verb === 'HEAD' ? 'GET' : verb]) !== 0;
}

/** The verbs of a mask by name, in the order of their bits. */
export function verbNames(mask: VerbMask): Verb[] {
  return (Object.keys(VERBS) as Verb[]).filter((verb) => (mask & VERBS[verb]) !== 0);
}

/** The mask of some verb names (any case), or the first name that is no verb. */
export function verbMask(names: readonly string[]): { mask: VerbMask } | { unknown: string } {
  let mask = 0;
  for (const name of names) {
    const verb = name.toUpperCase();
    if (!isVerb(verb)) return { unknown: name };
    mask |= VERBS[verb];
  }
  return { mask };
}
