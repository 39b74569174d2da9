import { parentPort } from 'node:worker_threads';
import bcrypt from 'bcryptjs';

/** The thread of `bcrypt.ts`: bcryptjs computes in JavaScript and would block whoever shares its thread. */

export type BcryptTask =
  | { readonly id: number; readonly kind: 'hash'; readonly password: string; readonly rounds: number }
  | { readonly id: number; readonly kind: 'verify'; readonly password: string; readonly stored: string };

export type BcryptResult = { readonly id: number; readonly value: string | boolean } | { readonly id: number; readonly failed: true };

parentPort?.on('message', (task: BcryptTask) => {
  let result: BcryptResult;
  try {
    const value = task.kind === 'hash' ? bcrypt.hashSync(task.password, task.rounds) : bcrypt.compareSync(task.password, task.stored);
    result = { id: task.id, value };
  } catch {
    result = { id: task.id, failed: true };
  }
  parentPort?.postMessage(result);
});
