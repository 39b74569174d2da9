import { type CarriedRow, exportRows, type SystemDatabaseOptions, schemaVersion } from '@headgate/system-db';
import { z } from 'zod';
import { Failure } from '../failure.js';

/** What a backup says of itself, before its rows. */
const headSchema = z.object({
  headgate: z.string(),
  schema: z.string(),
  made_at: z.string(),
  cipher: z.enum(['AES-256-CBC', 'AES-128-CBC']),
  key: z.string(),
  previous_keys: z.array(z.string()),
});
export type BackupHead = z.infer<typeof headSchema>;

const rowSchema = z.tuple([z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))]);
const endSchema = z.object({ rows: z.number() });

/**
 * A backup as lines of JSON: the head, `[table, row]` for each row, and how many there were. `make` answers the lines in pieces and then the
 * count; it reads on only as they are taken.
 */
export async function* backupLines(head: BackupHead, options: SystemDatabaseOptions): AsyncGenerator<Buffer, number> {
  yield Buffer.from(`${JSON.stringify(head)}\n`);
  const pages = new Handover<Buffer>();
  let rows = 0;
  const reading = exportRows(options, (table, page) => {
    rows += page.length;
    return pages.give(Buffer.from(page.map((row) => `${JSON.stringify([table, row])}\n`).join('')));
  }).then(
    () => pages.end(),
    (error: unknown) => pages.fail(error),
  );
  try {
    for (let page = await pages.take(); page !== undefined; page = await pages.take()) yield page;
  } finally {
    pages.stop();
    await reading;
  }
  yield Buffer.from(`${JSON.stringify({ rows })}\n`);
  return rows;
}

/** One item at a time from who gives to who takes; each waits for the other. */
class Handover<T> {
  #item = Promise.withResolvers<T | undefined>();
  #taken = Promise.withResolvers<void>();
  #stopped = false;

  async give(item: T): Promise<void> {
    if (this.#stopped) throw new Failure('stopped');
    this.#item.resolve(item);
    await this.#taken.promise;
  }

  async take(): Promise<T | undefined> {
    const item = await this.#item.promise;
    this.#item = Promise.withResolvers();
    const taken = this.#taken;
    this.#taken = Promise.withResolvers();
    taken.resolve();
    return item;
  }

  end(): void {
    this.#item.resolve(undefined);
  }

  fail(error: unknown): void {
    // Nobody may be waiting any more.
    this.#item.promise.catch(() => undefined);
    this.#item.reject(error);
  }

  stop(): void {
    this.#stopped = true;
    this.#taken.resolve();
  }
}

export interface OpenBackup {
  readonly head: BackupHead;
  /** Throws `Failure` at the end where the count is not that of the rows. */
  readonly rows: AsyncGenerator<readonly [table: string, row: CarriedRow]>;
}

/** Reads the lines of a backup. Throws `Failure` for what is none of this version. */
export async function readBackup(lines: AsyncIterable<string>): Promise<OpenBackup> {
  const each = lines[Symbol.asyncIterator]();
  const first = await each.next();
  const head = headSchema.safeParse(first.done ? undefined : parse(first.value));
  if (!head.success) throw new Failure('this is no backup that this version can read');
  if (head.data.schema > schemaVersion) {
    throw new Failure(`the backup was made by a newer Headgate (${head.data.headgate}, ${head.data.schema}): restore it with that version`);
  }
  return { head: head.data, rows: rowsOf(each) };
}

async function* rowsOf(lines: AsyncIterator<string>): AsyncGenerator<readonly [table: string, row: CarriedRow]> {
  let rows = 0;
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const value = parse(line.value);
    const row = rowSchema.safeParse(value);
    if (row.success) {
      rows++;
      yield row.data;
      continue;
    }
    if (endSchema.safeParse(value).data?.rows === rows && (await lines.next()).done) return;
    break;
  }
  throw new Failure('the backup is not whole: nothing was restored from it');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
