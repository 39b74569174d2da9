import type { QueryRunner } from 'typeorm';
import type { SystemDialect } from '../system-database.js';
import { tableNames } from './existing.js';
import { schemaVersion } from './schema-version.js';
import { steps } from './steps.js';

/** The schema of the system database cannot serve this version; the message says what to do. */
export class UnfitSchema extends Error {
  /** Whether `migrate` of this very version makes it fit: worth waiting for. */
  readonly canBeMigrated: boolean;
  constructor(message: string, canBeMigrated: boolean) {
    super(message);
    this.name = 'UnfitSchema';
    this.canBeMigrated = canBeMigrated;
  }
}

/** A row of `headgate_migrations`; databases of the first version have no `compatible_from`. */
interface DoneStep {
  readonly name: string;
  readonly compatible_from?: string | null;
}

/** Names of steps start with a number, those of the triggers do not: a version can live with the triggers of another. */
const isStep = ({ name }: DoneStep): boolean => /^\d/.test(name);

/** The steps that `migrate` has done; empty where it has never run. */
export async function doneSteps(runner: QueryRunner, dialect: SystemDialect): Promise<readonly DoneStep[]> {
  if (!(await tableNames(runner, dialect)).has('headgate_migrations')) return [];
  return await runner.query('SELECT * FROM headgate_migrations');
}

/** Throws `UnfitSchema` where a newer version has taken something away that this one needs. */
export function refuseTooNew(done: readonly DoneStep[]): void {
  const demanding = done.filter(isStep).filter(({ compatible_from }) => compatible_from != null && compatible_from > schemaVersion);
  const [worst] = demanding.toSorted((a, b) => (a.compatible_from! < b.compatible_from! ? 1 : -1));
  if (worst === undefined) return;
  throw new UnfitSchema(
    `The system database was migrated by a newer Headgate (${worst.name}), which leaves no room for versions before ${worst.compatible_from}; this one ends at ${schemaVersion}. Run the newer version, or restore the backup from before its migration.`,
    false,
  );
}

/**
 * Throws `UnfitSchema` where this version cannot serve from the database: `migrate` has not run, or only that of an older version, or a
 * newer one has taken away what this one needs. A newer schema that only has more is fit.
 */
export async function checkSchema(runner: QueryRunner, dialect: SystemDialect): Promise<void> {
  const done = await doneSteps(runner, dialect);
  if (done.length === 0) throw new UnfitSchema('The system database has no schema yet: run `headgate migrate`.', true);
  refuseTooNew(done);
  const names = new Set(done.map(({ name }) => name));
  const missing = steps.find(({ name }) => !names.has(name));
  if (missing !== undefined) {
    const last = done
      .filter(isStep)
      .map(({ name }) => name)
      .sort()
      .at(-1);
    throw new UnfitSchema(
      `The schema of the system database is older (${last ?? 'unfinished'}) than this version needs (${schemaVersion}): run \`headgate migrate\` of this version.`,
      true,
    );
  }
  const seeded: unknown[] = await runner.query('SELECT 1 AS one FROM service LIMIT 1');
  if (seeded.length === 0)
    throw new UnfitSchema('The system database has its schema, but not its first rows: run `headgate migrate`.', true);
}
