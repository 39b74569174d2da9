import process from 'node:process';
import { run } from './program.js';

process.exitCode = await run(
  { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, workingDirectory: process.cwd() },
  process.argv.slice(2),
);
