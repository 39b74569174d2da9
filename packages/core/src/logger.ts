/** What packages write to the log; the programs decide where it goes. Values must be safe to log: no secrets, no bodies. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Logs a warning the first time it is called with this key, then never again in this process (bounded). */
  once(key: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {}, once() {} };
