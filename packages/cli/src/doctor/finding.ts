export type Level = 'ok' | 'warning' | 'error';

/** One line of `headgate doctor`. Never holds a secret, an address or a user's name. */
export interface Finding {
  /** What was looked at: `node`, `key`, `service shop` ... */
  readonly check: string;
  readonly level: Level;
  readonly message: string;
  /** What to do, where something is to be done. */
  readonly advice?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message });
export const warning = (check: string, message: string, advice: string): Finding => ({ check, level: 'warning', message, advice });
export const problem = (check: string, message: string, advice: string): Finding => ({ check, level: 'error', message, advice });
