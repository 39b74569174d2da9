/** Lets other calls run: long parsing is done in slices with a pause after each. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Bytes or characters that are parsed between two pauses: a few milliseconds of work. */
export const SLICE = 32 * 1024;
