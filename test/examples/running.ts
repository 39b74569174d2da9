import { type RunningHeadgate, startHeadgate } from '../headgate.js';

/** A Headgate with its sample, and the key that `start` prints for it. */
export async function startWithSample(): Promise<RunningHeadgate & { readonly sampleKey: string }> {
  const headgate = await startHeadgate();
  const printed = () => /X-DreamFactory-API-Key: (\w+)/.exec(headgate.output())?.[1];
  // The line may follow the first answer by a moment.
  while (printed() === undefined) await new Promise((resolve) => setImmediate(resolve));
  return { ...headgate, sampleKey: printed() ?? '' };
}
