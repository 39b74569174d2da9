import { type EffectiveSetting, effectiveSettings, GROUP_TITLES } from '@headgate/core';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { note, print, printJson, type Terminal } from '../terminal/terminal.js';

export interface ConfigFlags extends ConfigurationFlags {
  readonly json?: boolean;
  readonly changed?: boolean;
  readonly for: string;
}

/** `headgate config`: the settings that hold, and where each came from. */
export function showConfiguration(terminal: Terminal, flags: ConfigFlags): void {
  const loaded = loadConfiguration(terminal, { command: flags.for, flags });
  const shown = effectiveSettings(loaded).filter(({ origin }) => !flags.changed || origin !== 'default');
  if (flags.json) {
    printJson(terminal, { settings: shown, warnings: loaded.warnings });
    return;
  }
  for (const group of new Set(shown.map((entry) => entry.group))) {
    print(terminal, `${GROUP_TITLES[group]}`);
    for (const entry of shown.filter((candidate) => candidate.group === group)) print(terminal, `  ${line(entry)}`);
  }
  for (const warning of loaded.warnings) note(terminal, `warning: ${warning}`);
}

function line({ name, value, origin, verdict }: EffectiveSetting): string {
  const remark = verdict === 'works' ? '' : verdict === 'accepted' ? ', without effect yet' : ', ignored';
  return `${name}=${value ?? ''}  # ${origin}${remark}`;
}
