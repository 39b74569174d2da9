import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Member, SystemDatabaseOptions } from '@headgate/system-db';
import { testKey } from '../databases.ts';
import type { Command, Fixture, Kind, Report, Start } from './worker-program.ts';

const PROGRAM = path.join(import.meta.dirname, 'worker-program.ts');

export interface WorkerProcess {
  readonly process: ChildProcess;
  /** Answers the milliseconds that it took. */
  change(kind: Kind, value: number): Promise<number>;
  read(kind: Kind): Promise<string | undefined>;
  members(): Promise<readonly Member[]>;
  close(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Processes on one system database; this one is the bus between them. */
export class WorkerProcesses {
  readonly #start: Start;
  readonly #workers = new Set<WorkerProcess>();
  /** Whether messages between the workers arrive. */
  busIsWhole = true;

  constructor({ encrypter: _, log: __, ...options }: SystemDatabaseOptions, fixture: Fixture) {
    this.#start = { options, key: testKey, fixture };
  }

  get all(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  async start(): Promise<WorkerProcess> {
    // The built package: Node does not find the sources behind each other's `.js`.
    const child = fork(PROGRAM, [JSON.stringify(this.#start)], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const calls = new Map<number, (result: unknown) => void>();
    const ready = Promise.withResolvers<void>();
    let last = 0;
    child.on('exit', (code) => ready.reject(new Error(`the worker ended with ${code}`)));
    child.on('message', (report: Report) => {
      if ('ready' in report) ready.resolve();
      else if ('hint' in report) this.#spread(report.hint);
      else {
        calls.get(report.call)?.(report.result);
        calls.delete(report.call);
      }
    });
    const ask = <R>(command: Omit<Extract<Command, { do: string }>, 'call'> & { kind?: Kind; value?: number }): Promise<R> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      calls.set(++last, resolve);
      child.send({ call: last, ...command });
      return promise as Promise<R>;
    };
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const worker: WorkerProcess = {
      process: child,
      change: (kind, value) => ask({ do: 'change', kind, value }),
      read: (kind) => ask({ do: 'read', kind }),
      members: () => ask({ do: 'members' }),
      close: async () => {
        this.#workers.delete(worker);
        await ask({ do: 'close' });
        await ended;
      },
      kill: async (signal) => {
        this.#workers.delete(worker);
        child.kill(signal);
        await ended;
      },
    };
    await ready.promise;
    this.#workers.add(worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.close()));
  }

  #spread(hint: string): void {
    if (!this.busIsWhole) return;
    for (const worker of this.#workers) if (worker.process.connected) worker.process.send({ hint });
  }
}
