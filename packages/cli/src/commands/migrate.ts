import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { asFailures } from '../system/open-system.js';
import { prepareSystem } from '../system/prepare-system.js';
import { note, print, printJson, type Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';

export interface MigrateFlags extends ConfigurationFlags {
  readonly json?: boolean;
}

/** `headgate migrate`: the system database brought up to date. Safe to run again, and from several places at once. */
export async function migrateSystem(terminal: Terminal, flags: MigrateFlags): Promise<void> {
  const { settings, warnings } = loadConfiguration(terminal, { command: 'migrate', flags });
  for (const warning of warnings) note(terminal, `warning: ${warning}`);
  await asFailures(async () => {
    const { db, migration, isNew, madeAdmin, hasAdmin } = await prepareSystem(settings, terminalLog(terminal));
    await db.close();
    if (flags.json) {
      printJson(terminal, { ...migration, seeded: isNew, made_admin: madeAdmin, has_admin: hasAdmin });
      return;
    }
    print(
      terminal,
      migration.applied.length === 0
        ? `The system database is up to date (${migration.schemaVersion}).`
        : `The system database is now at ${migration.schemaVersion}: ${migration.applied.join(', ')}.`,
    );
    if (madeAdmin) print(terminal, `Made the first administrator, ${settings.firstAdmin.email}.`);
    else if (!hasAdmin) print(terminal, 'There is no administrator yet: "headgate setup" prints the page that creates one.');
  });
}
