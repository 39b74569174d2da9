import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, type LoadedSettings, loadSettings } from '@headgate/core';
import { Failure } from '../failure.js';
import type { Terminal } from '../terminal/terminal.js';

/** The folder that holds the `headgate` command: relative paths of settings and `.env` are meant from there. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** What a command takes where nothing is configured. */
const PROGRAM_DEFAULTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  start: { DF_EGRESS_ALLOW: 'loopback,unix' },
  cluster: { DF_EGRESS_ALLOW: 'loopback,unix' },
  connect: { DF_EGRESS_ALLOW: 'loopback,unix' },
  api: { HOST: '0.0.0.0', DF_METRICS_PORT: '9464' },
  worker: { HOST: '0.0.0.0', DF_METRICS_PORT: '9464' },
  doctor: { DF_EGRESS_ALLOW: 'loopback,unix' },
};

/** Flags that every command with a configuration has. */
export interface ConfigurationFlags {
  readonly data?: string;
  readonly settings?: string;
}

export interface ConfigurationInput {
  readonly command: string;
  readonly flags: ConfigurationFlags;
  /** Further settings given as flags. */
  readonly commandLine?: Readonly<Record<string, string | undefined>>;
}

/** Where `start` keeps the key that it made. */
export const generatedKeyFile = (dataFolder: string): string => path.join(dataFolder, 'app-key');

/** The configuration as this command sees it. The key that `start` made is taken where no other is configured. */
export function loadConfiguration(terminal: Terminal, { command, flags, commandLine }: ConfigurationInput): LoadedSettings {
  const read = (programDefaults: Readonly<Record<string, string>>) =>
    loadSettings({
      env: terminal.env,
      envFileText: readEnvFile(terminal, flags.settings),
      readFile: (file) => readFileSync(file, 'utf8'),
      baseDirectory: ROOT,
      commandLine: {
        ...commandLine,
        DF_DATA_DIR: flags.data === undefined ? undefined : path.resolve(terminal.workingDirectory, flags.data),
      },
      programDefaults,
    });
  const defaults = PROGRAM_DEFAULTS[command] ?? {};
  try {
    const loaded = read(defaults);
    const { app } = loaded.settings;
    const keyFile = generatedKeyFile(app.dataDir);
    return app.key === undefined && existsSync(keyFile) ? read({ ...defaults, HEADGATE_KEY_FALLBACK_FILE: keyFile }) : loaded;
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Failure(error.message);
    throw error;
  }
}

function readEnvFile(terminal: Terminal, given: string | undefined): string {
  if (given !== undefined) {
    try {
      return readFileSync(path.resolve(terminal.workingDirectory, given), 'utf8');
    } catch {
      throw new Failure(`--settings ${given} cannot be read`);
    }
  }
  const file = path.join(ROOT, '.env');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
