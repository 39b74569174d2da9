import type { Logger } from '@headgate/core';
import { note, type Terminal } from './terminal.js';

/** The log of a command that runs and ends: warnings and errors, on stderr. */
export function terminalLog(terminal: Terminal): Logger {
  const said = new Set<string>();
  const warn = (message: string) => note(terminal, `warning: ${message}`);
  return {
    debug: () => {},
    info: () => {},
    warn,
    error: (message) => note(terminal, `error: ${message}`),
    once(key, message) {
      if (said.has(key)) return;
      said.add(key);
      warn(message);
    },
  };
}
