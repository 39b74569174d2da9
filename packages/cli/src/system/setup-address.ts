/** The set-up page; its token stands in the fragment, which browsers send to nobody. */
export function setupAddress(origin: string, token: string): string {
  return `${origin}/setup#${token}`;
}
