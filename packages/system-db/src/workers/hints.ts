import type { ChangeNumber } from './change-number.js';

/** What workers tell each other (`ChangeHints`). Whatever else arrives means: something may have moved. */

const ACKNOWLEDGED = /^acknowledged ([\w-]{1,64}) (\d{1,15})$/;

export const changed = (sender: string): string => `changed ${sender}`;

export const acknowledged = (sender: string, { number }: ChangeNumber): string => `acknowledged ${sender} ${number}`;

/** Who has acknowledged which number; undefined where a message says something else. */
export function acknowledgedIn(message: string): { readonly id: string; readonly number: number } | undefined {
  const [, id, number] = ACKNOWLEDGED.exec(message) ?? [];
  return id === undefined ? undefined : { id, number: Number(number) };
}
