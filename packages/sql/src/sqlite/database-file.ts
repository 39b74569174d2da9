import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { OwnStoreRefused, SourceRefused } from '@headgate/core';

const OWN_FILE = 'The database field must not name a file of Headgate itself.';

/**
 * Where a SQLite service's file lies: below the storage folder (`DF_SQLITE_STORAGE`), whatever the configuration says
 * (database-services.md 1.4, 14.1 hole 14). Undefined for a name that would lead out of it, or that SQLite reads as no file.
 */
export function databasePath(storage: string, name: string): string | undefined {
  if (name.trim() === '' || name.includes('\0') || /^(:memory:|file:)/i.test(name) || /[\\/]$/.test(name)) return undefined;
  if (name.split(/[\\/]/).includes('..')) return undefined;
  const folder = path.resolve(storage);
  const file = path.resolve(folder, name);
  return isInside(folder, file) ? file : undefined;
}

/**
 * The file to open, its folder made if need be. Links are followed before the check.
 * Throws `SourceRefused` where the file would lie outside the storage folder, `OwnStoreRefused` where it is one of Headgate's own.
 */
export async function resolveDatabaseFile(storage: string, name: string, ownFiles: readonly string[] = []): Promise<string> {
  const file = databasePath(storage, name);
  if (file === undefined) throw outside();
  await mkdir(path.resolve(storage), { recursive: true });
  const folder = await realpath(path.resolve(storage));
  const parent = path.dirname(path.resolve(folder, path.relative(path.resolve(storage), file)));
  const realParent = await realTarget(parent);
  if (realParent !== folder && !isInside(folder, realParent)) throw outside();
  await mkdir(parent, { recursive: true });
  const target = await realTarget(path.join(parent, path.basename(file)));
  if (!isInside(folder, target)) throw outside();
  for (const own of ownFiles) if (await isSameFile(target, own)) throw OwnStoreRefused('This file').withContext({ database: [OWN_FILE] });
  return target;
}

/** Whether an additional statement stays in its own file: ATTACH and VACUUM INTO would open any other, the system database among them. */
export function allowedStatement(sql: string): boolean {
  return !/\b(attach|vacuum)\b/i.test(sql);
}

/** By what the file system says, so that hard links count too; by its path where it is not there yet, as journals often are not. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  if (one === path.resolve(other)) return true;
  try {
    const [left, right] = await Promise.all([stat(one), stat(other)]);
    return left.ino === right.ino && left.dev === right.dev;
  } catch {
    return false;
  }
}

/** The path with every link in its existing part followed. A dangling link counts as leading outside. */
async function realTarget(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const parent = path.dirname(file);
    if (!isMissing || parent === file) throw error;
    if (await isLink(file)) throw outside();
    return path.join(await realTarget(parent), path.basename(file));
  }
}

async function isLink(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isSymbolicLink();
  } catch {
    return false;
  }
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function outside(): Error {
  return SourceRefused('The database must be a file inside the SQLite storage folder.');
}
