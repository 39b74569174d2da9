import { createWriteStream, type WriteStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';

const NAME = /^dreamfactory-\d{4}-\d{2}-\d{2}\.log$/;

/** Writes to `dreamfactory-YYYY-MM-DD.log`, a file a day; keeps the newest `keep` of them, all where it is 0. */
export class DailyFile extends Writable {
  readonly #directory: string;
  readonly #keep: number;
  readonly #today: () => string;
  #day = '';
  #file: WriteStream | undefined;

  /** `today`: the date as `YYYY-MM-DD`. */
  constructor(directory: string, keep: number, today: () => string) {
    super({ decodeStrings: false });
    this.#directory = directory;
    this.#keep = keep;
    this.#today = today;
  }

  override _write(line: string | Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const day = this.#today();
    if (day !== this.#day || this.#file === undefined) this.#open(day);
    this.#file!.write(line, done);
  }

  override _final(done: () => void): void {
    if (this.#file === undefined) done();
    else this.#file.end(done);
  }

  #open(day: string): void {
    this.#file?.end();
    this.#day = day;
    this.#file = createWriteStream(join(this.#directory, `dreamfactory-${day}.log`), { flags: 'a', mode: 0o640 });
    this.#file.on('error', (error) => this.destroy(error));
    // Once the new file is there, so that it counts as one of those kept.
    if (this.#keep > 0) this.#file.once('open', () => void this.#removeOld().catch(() => {}));
  }

  async #removeOld(): Promise<void> {
    const files = (await readdir(this.#directory)).filter((name) => NAME.test(name)).toSorted();
    for (const name of files.slice(0, -this.#keep)) await rm(join(this.#directory, name), { force: true });
  }
}
