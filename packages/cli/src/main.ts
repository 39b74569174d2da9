import process from 'node:process';

const terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  workingDirectory: process.cwd(),
};
const words = process.argv.slice(2);

// Asked in every container every few seconds: it does without what the other commands load.
const isHealth = words[0] === 'health' && (words.length === 1 || words[1] === 'api' || words[1] === 'worker');
const { run } = isHealth ? await import('./commands/health.js') : await import('./program.js');
process.exitCode = await run(terminal, words);
