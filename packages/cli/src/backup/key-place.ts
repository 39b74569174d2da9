import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { LoadedSettings } from '@headgate/core';
import { generatedKeyFile } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { type NewFile, newFile } from './new-file.js';

/** A key as a file holds it: one trailing newline does not count. */
const keyIn = (text: string): string => text.replace(/\r?\n$/, '');

/** How the key of a backup comes to where this installation takes its own from. */
export interface KeyChange {
  /** Where a file gets the key; undefined where the configured key is that of the backup already. */
  readonly file: string | undefined;
  /** The key that the file held, kept beside it. */
  readonly keptAs: string | undefined;
  /** Puts the prepared file in its place. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

const NOTHING: KeyChange = { file: undefined, keptAs: undefined, finish: async () => {}, discard: async () => {} };

/**
 * Prepares the key of a backup: nothing where the configuration names it, else a file in the data folder, or the one that
 * `HEADGATE_KEY_FALLBACK_FILE` names. Throws `Failure` where `APP_KEY` names another key.
 */
export async function prepareKey({ settings, origins }: LoadedSettings, key: string): Promise<KeyChange> {
  const { app } = settings;
  if (app.key === key) return NOTHING;
  if (app.key !== undefined && origins.get('APP_KEY')?.name !== 'HEADGATE_KEY_FALLBACK_FILE') {
    if (app.previousKeys.includes(key)) return NOTHING;
    throw new Failure(
      'APP_KEY is not the key of this backup. "headgate restore FILE --key-to KEYFILE" writes the key of the backup to a file: set APP_KEY (or APP_KEY_FILE) to it for every worker, then restore again.',
    );
  }
  const file = app.keyFallbackFile ?? generatedKeyFile(app.dataDir);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const former = existsSync(file) ? keyIn(readFileSync(file, 'utf8')) : undefined;
  const keptAs = former === undefined ? undefined : `${file}.before-restore`;
  const kept = keptAs === undefined ? undefined : await written(keptAs, former!);
  const next = await written(file, key).catch(async (error: unknown) => {
    await kept?.discard();
    throw error;
  });
  return {
    file,
    keptAs,
    async finish() {
      await kept?.finish();
      await next.finish();
    },
    async discard() {
      await kept?.discard();
      await next.discard();
    },
  };
}

/** Writes a key to a new file. Throws `Failure` where one is there. */
export async function writeKey(file: string, key: string): Promise<void> {
  const made = await newFile(file, { replace: false });
  try {
    await made.write(Buffer.from(`${key}\n`));
    await made.finish();
  } catch (error) {
    await made.discard();
    throw error;
  }
}

async function written(file: string, key: string): Promise<NewFile> {
  const made = await newFile(file, { replace: true });
  await made.write(Buffer.from(`${key}\n`));
  return made;
}
