import process from 'node:process';
import { Argument, Command, CommanderError, type CommandOptions, InvalidArgumentError, Option } from 'commander';
import { run as health, PROGRAM_ROLES } from './commands/health.js';
import { version } from './configuration/version.js';
import { Failure } from './failure.js';
import { note, type Terminal } from './terminal/terminal.js';

/** Exit codes: done, could not be done, wrongly called. */
const DONE = 0;
const FAILED = 1;
const WRONG_CALL = 2;

/** What a command writes (system database, key, logs) is for its user alone. */
const PRIVATE_FILES = 0o077;

/** Runs one command line (without `node` and the script) and answers the exit code. */
export async function run(terminal: Terminal, words: readonly string[]): Promise<number> {
  let exitCode = DONE;
  const program = describeCommands(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_CALL;
    if (error instanceof Failure) {
      note(terminal, `headgate: ${error.message}`);
      return FAILED;
    }
    // Nothing that an operator can mend is known of it: the stack helps who can.
    note(terminal, `headgate: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return FAILED;
  }
}

/** The commands with their flags. Each loads its code when it is called, so that `--help` is quick. */
function describeCommands(terminal: Terminal, setExitCode: (code: number) => void): Command {
  const program = new Command('headgate')
    .description('One role-protected REST API over your databases.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .showHelpAfterError('Help: headgate --help')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.stdout.write(text), writeErr: (text) => terminal.stderr.write(text) });

  const command = (name: string, description: string, options: CommandOptions = {}) =>
    program
      .command(name, options)
      .description(description)
      .exitOverride()
      .hook('preAction', () => void process.umask(PRIVATE_FILES))
      .addOption(new Option('--data <dir>', 'the data folder (DF_DATA_DIR)'))
      .addOption(new Option('--settings <file>', 'the file of settings, instead of .env beside the headgate command'));

  command('start', 'serve on one machine, with an embedded system database and a sample service')
    .option('--port <port>', 'the port to listen on (PORT)', portNumber)
    .option('--host <host>', 'the address to listen on (HOST)')
    .option('--no-sample', 'do not make the sample database service')
    .option('--cors <origin>', 'let browser apps of this origin call the API; may be repeated', collect)
    .action(async (flags) => (await import('./commands/start.js')).start(terminal, flags));

  command('cluster', 'serve on one machine with several worker processes behind a balancer')
    .option('--workers <number>', 'how many; without, as many as there are cores, at least 2', workerCount)
    .option('--port <port>', 'the port to listen on (PORT)', portNumber)
    .option('--host <host>', 'the address to listen on (HOST)')
    .option('--no-sample', 'do not make the sample database service')
    .option('--cors <origin>', 'let browser apps of this origin call the API; may be repeated', collect)
    .action(async (flags) => (await import('./commands/cluster.js')).cluster(terminal, flags));

  command('cluster-worker', 'one worker of a cluster', { hidden: true })
    .requiredOption('--socket <path>', 'the unix socket to listen on')
    .option('--cors <origin>', 'as of the cluster', collect)
    .action(async (flags) => (await import('./commands/cluster.js')).clusterWorker(terminal, flags));

  command('api', 'serve the API; needs a migrated system database and APP_KEY')
    .option('--port <port>', 'the port to listen on (PORT)', portNumber)
    .option('--host <host>', 'the address to listen on (HOST)')
    .action(async (flags) => (await import('./commands/api.js')).api(terminal, flags));

  command('worker', 'do queued work from Redis; needs a migrated system database, APP_KEY and QUEUE_HOST or REDIS_HOST')
    .option('--host <host>', 'the address on which its health is served (HOST)')
    .action(async (flags) => (await import('./commands/worker.js')).worker(terminal, flags));

  command('migrate', 'bring the system database up to date; makes the first administrator of ADMIN_EMAIL and ADMIN_PASSWORD')
    .option('--json', 'print JSON')
    .option('--make-key <file>', 'take the key from this file where none is configured; for an empty system database one is made there')
    .action(async (flags) => (await import('./commands/migrate.js')).migrateSystem(terminal, flags));

  program
    .command('health')
    .description('exit 0 if what runs beside it should get work: an API worker that is ready, a job worker that lives')
    .addArgument(new Argument('[role]', 'what runs there').choices(PROGRAM_ROLES).default('api'))
    .exitOverride()
    .action(async (role: string) => setExitCode(await health(terminal, ['health', role])));

  command('setup', 'make a new one-time token for the page that creates the first administrator')
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./commands/setup.js')).setup(terminal, flags));

  command('password', "set an administrator's password: prompted for, or the first line of stdin")
    .argument('<email>', 'the e-mail address of the account')
    .option('--unlock', 'only let the account try to log in again at once; no password is changed')
    .action(async (email: string, flags) => (await import('./commands/password.js')).password(terminal, email, flags));

  command('key', 'print a new random key for APP_KEY')
    .option('--show', 'print the key that holds instead')
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./commands/key.js')).key(terminal, flags));

  command('doctor', 'look at everything that this installation stands on, and say what to do; exit code 1 where something is wrong')
    .option('--json', 'print JSON')
    .action(async (flags) => setExitCode((await (await import('./commands/doctor.js')).doctor(terminal, flags)) ? DONE : FAILED));

  command('backup', 'put the system database and the key into one file, sealed by a passphrase; workers may go on serving')
    .argument('<file>', 'the file to make; readable by its owner alone')
    .option('--passphrase-file <file>', 'take the passphrase from the first line of a file, instead of a prompt or stdin')
    .option('--force', 'replace the file where it is there')
    .option('--json', 'print JSON')
    .action(async (file: string, flags) => (await import('./commands/backup.js')).backup(terminal, file, flags));

  command('restore', 'bring a system database and its key back from a backup, all of it or nothing')
    .argument('<file>', 'the file that backup made')
    .option('--passphrase-file <file>', 'take the passphrase from the first line of a file, instead of a prompt or stdin')
    .option('--replace', 'replace what the system database holds')
    .option('--yes', 'do not ask before replacing')
    .option('--key-to <file>', 'only write the key of the backup to a file')
    .option('--json', 'print JSON')
    .action(async (file: string, flags) => (await import('./commands/restore.js')).restore(terminal, file, flags));

  command('config', 'print the settings that hold and where each came from, secrets masked')
    .option('--changed', 'only those that are not at their default')
    .addOption(
      new Option('--for <command>', 'as this command sees them').choices(['start', 'cluster', 'api', 'worker', 'migrate']).default('start'),
    )
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./commands/config.js')).showConfiguration(terminal, flags));

  command('connect', 'make a service of a database, with a role, an app and a key')
    .argument('<url>', 'postgres://user:password@host:5432/name, mysql://..., mariadb://..., sqlite:NAME; - reads it from stdin')
    .requiredOption('--name <name>', 'the name of the service in the API')
    .addOption(new Option('--key <access>', 'what the key may do').choices(['read-only', 'read-write']).default('read-only'))
    .option('--unless-exists', 'do nothing where a service of this name is there')
    .option('--json', 'print JSON')
    .action(async (url: string, flags) => (await import('./commands/connect.js')).connect(terminal, url, flags));

  program
    .command('test')
    .description('run every test; without Docker those that need no container')
    .argument('[filters...]', 'only test files whose path holds one of these; flags are passed to vitest')
    .allowUnknownOption()
    .exitOverride()
    .action(async (filters: string[]) => setExitCode(await (await import('./commands/test.js')).runTests(terminal, filters)));

  return program;
}

function portNumber(text: string): string {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return text;
}

const MOST_WORKERS = 256;

function workerCount(text: string): string {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > MOST_WORKERS) throw new InvalidArgumentError(`A number from 1 to ${MOST_WORKERS}.`);
  return text;
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
