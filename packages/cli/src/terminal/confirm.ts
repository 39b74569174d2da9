import { createInterface } from 'node:readline/promises';
import { Failure } from '../failure.js';
import type { Terminal } from './terminal.js';

/** Goes on only where a person types "yes". Throws `Failure` otherwise, and where nobody can be asked. */
export async function confirm(terminal: Terminal, question: string): Promise<void> {
  if (!terminal.stdin.isTTY) throw new Failure(`${question} Nobody is here to be asked: say so with --yes.`);
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    if ((await lines.question(`${question} Type yes: `)).trim().toLowerCase() !== 'yes') throw new Failure('nothing was done');
  } finally {
    lines.close();
  }
}
