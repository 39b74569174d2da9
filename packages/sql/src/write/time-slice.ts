import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 8;

/** Long loops ask it between two items to let other calls run: no slice of synchronous work gets much longer than 8 ms. */
export class TimeSlice {
  #end = performance.now() + SLICE_MS;

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.#end = performance.now() + SLICE_MS;
  }
}
