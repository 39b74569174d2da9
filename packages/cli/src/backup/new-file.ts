import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../failure.js';

export interface NewFile {
  write(part: Uint8Array): Promise<void>;
  /** Puts the whole file in its place, on disk for good. Throws `Failure` where one is there that may not be replaced. */
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** A file that its owner alone may read, and that appears under its name only when it is whole. */
export async function newFile(file: string, { replace }: { readonly replace: boolean }): Promise<NewFile> {
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}`);
  const handle = await open(partial, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${path.dirname(file)} cannot be written to (${error.code})`);
  });
  return {
    async write(part) {
      for (let written = 0; written < part.length; ) written += (await handle.write(part, written)).bytesWritten;
    },
    async finish() {
      await handle.sync();
      await handle.close();
      if (replace) {
        await rename(partial, file);
        return;
      }
      // Unlike a rename, a link never takes the place of a file.
      await link(partial, file).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EEXIST' ? new Failure(`${file} exists already: choose another name, or add --force`) : error;
      });
      await rm(partial);
    },
    async discard() {
      await handle.close().catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}
