import { ConfigurationError, type LoadedSettings, SILENT } from '@headgate/core';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { examine } from '../doctor/examine.js';
import { type Finding, type Level, problem } from '../doctor/finding.js';
import { Failure } from '../failure.js';
import { asFailures } from '../system/open-system.js';
import { print, printJson, type Terminal } from '../terminal/terminal.js';

export interface DoctorFlags extends ConfigurationFlags {
  readonly json?: boolean;
}

const LABELS: Readonly<Record<Level, string>> = { ok: 'ok      ', warning: 'warning ', error: 'error   ' };

/** `headgate doctor`: looks at everything that this installation stands on. Answers whether there is no error. */
export async function doctor(terminal: Terminal, flags: DoctorFlags): Promise<boolean> {
  const findings = await findingsOf(terminal, flags);
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  if (flags.json) {
    printJson(terminal, { errors: count('error'), warnings: count('warning'), findings });
  } else {
    for (const { check, level, message, advice } of findings) {
      print(terminal, `${LABELS[level]} ${check}: ${message}`);
      if (advice !== undefined) print(terminal, `          ${advice}`);
    }
    print(terminal);
    print(terminal, `${count('error')} errors, ${count('warning')} warnings.`);
  }
  return count('error') === 0;
}

async function findingsOf(terminal: Terminal, flags: DoctorFlags): Promise<Finding[]> {
  let loaded: LoadedSettings;
  try {
    loaded = loadConfiguration(terminal, { command: 'doctor', flags });
  } catch (error) {
    if (!(error instanceof Failure || error instanceof ConfigurationError)) throw error;
    return [problem('configuration', error.message, 'See docs/configuration.md.')];
  }
  return asFailures(() => examine(loaded, SILENT));
}
