import path from 'node:path';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { makeInstallationKey } from '../configuration/installation-key.js';
import { asFailures } from '../system/open-system.js';
import { prepareSystem } from '../system/prepare-system.js';
import { note, print, printJson, type Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';

export interface MigrateFlags extends ConfigurationFlags {
  readonly json?: boolean;
  readonly makeKey?: string;
}

/** `headgate migrate`: the system database brought up to date. Safe to run again, and from several places at once. */
export async function migrateSystem(terminal: Terminal, flags: MigrateFlags): Promise<void> {
  await asFailures(async () => {
    const log = terminalLog(terminal);
    const keyFile = flags.makeKey === undefined ? undefined : path.resolve(terminal.workingDirectory, flags.makeKey);
    if (keyFile !== undefined) await makeInstallationKey(terminal, flags, keyFile, log);
    const { settings, warnings } = loadConfiguration(terminal, {
      command: 'migrate',
      flags,
      commandLine: { HEADGATE_KEY_FALLBACK_FILE: keyFile },
    });
    for (const warning of warnings) note(terminal, `warning: ${warning}`);
    const { db, migration, isNew, madeAdmin, hasAdmin } = await prepareSystem(settings, log);
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
