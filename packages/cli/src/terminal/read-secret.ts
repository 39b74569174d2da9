import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure } from '../failure.js';
import type { Terminal } from './terminal.js';

/** A secret, typed without being shown, or the first line of stdin where that is no terminal. Never taken from the command line. */
export async function readSecret(terminal: Terminal, prompt: string): Promise<string> {
  const secret = terminal.stdin.isTTY ? await ask(terminal, prompt) : await firstLine(terminal);
  if (secret === '') throw new Failure('nothing was given');
  return secret;
}

/** A secret typed twice. */
export async function readNewSecret(terminal: Terminal, prompt: string): Promise<string> {
  const secret = await readSecret(terminal, `${prompt}: `);
  if (terminal.stdin.isTTY && (await readSecret(terminal, `${prompt}, again: `)) !== secret) throw new Failure('the two differ');
  return secret;
}

async function ask(terminal: Terminal, prompt: string): Promise<string> {
  terminal.stderr.write(prompt);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: terminal.stdin, output: mute, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    terminal.stderr.write('\n');
  }
}

async function firstLine(terminal: Terminal): Promise<string> {
  let text = '';
  for await (const chunk of terminal.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > 10_000) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}
