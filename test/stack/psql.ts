import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Stack } from './compose.ts';

/** A `psql` inside the container of a database. */
export interface Psql {
  /** Runs a statement, committed by itself. Answers when that was known here, on the monotonic clock. */
  commit(statement: string): Promise<number>;
  close(): void;
}

/** On the system database, or on the one with sample data (profile `sample`). */
export async function openPsql(stack: Stack, database: 'headgate' | 'sample' = 'headgate'): Promise<Psql> {
  const [postgres] = await stack.containers(database === 'headgate' ? 'postgres' : 'sample-postgres');
  const words = ['exec', '-i', postgres!.id, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', database, '-d', database];
  const child = spawn('docker', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let problem = '';
  child.stderr.on('data', (chunk) => (problem += chunk));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let statements = 0;
  return {
    async commit(statement) {
      const done = `done ${++statements}`;
      child.stdin.write(`${statement};\n\\echo ${done}\n`);
      for (let line = await lines.next(); !line.done; line = await lines.next()) if (line.value === done) return performance.now();
      throw new Error(`psql ended: ${problem}`);
    },
    close: () => child.stdin.end(),
  };
}
