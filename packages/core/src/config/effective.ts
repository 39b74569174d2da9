import { MASK } from '../config-field.js';
import type { LoadedSettings } from './load.js';
import type { Verdict } from './setting.js';
import { SETTING_ROWS, type SettingRow } from './table/index.js';

/** A setting as it holds now, fit to be shown: secrets are masked. */
export interface EffectiveSetting {
  readonly name: string;
  readonly group: SettingRow['group'];
  /** null where nothing is set and nothing is taken instead. */
  readonly value: string | null;
  readonly origin: string;
  readonly verdict: Verdict;
}

/** Every setting with its value and where that came from. */
export function effectiveSettings({ settings, origins }: LoadedSettings): EffectiveSetting[] {
  return SETTING_ROWS.map(({ group, key, setting }) => {
    const value: unknown = (settings[group] as Readonly<Record<string, unknown>>)[key];
    const origin = origins.get(setting.name);
    const under = origin === undefined || origin.name === setting.name ? '' : ` (${origin.name})`;
    return {
      name: setting.name,
      group,
      value: isNothing(value) ? null : setting.secret ? MASK : setting.kind.write(value),
      origin: `${origin?.source ?? 'default'}${under}`,
      verdict: setting.verdict,
    };
  });
}

const isNothing = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);
