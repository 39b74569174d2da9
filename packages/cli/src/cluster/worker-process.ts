import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import type { MetricSnapshot } from '@headgate/metrics';
import { type ParentMessage, workerMessage } from './messages.js';
import { Target } from './target.js';

export interface WorkerCommand {
  /** The script of the command line. */
  readonly program: string;
  /** Of the command `cluster-worker`, without the socket. */
  readonly flags: readonly string[];
}

/** V8's young generation is bounded as in the launcher (docs/performance.md). */
const NODE_FLAGS = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'];
const CHECK_TIMEOUT = 2_000;
const METRICS_TIMEOUT = 1_000;

/** One worker process, from its start to its end. */
export class WorkerProcess {
  readonly target: Target;
  readonly startedAt = performance.now();
  /** Resolves when it listens, rejects when it ends before. */
  readonly listening: Promise<void>;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  /** Whether it ever took calls. */
  wasReady = false;
  #hasEnded = false;
  #isLeaving = false;
  #leaving: (() => void) | undefined;
  readonly #questions = new Map<number, (snapshots: readonly MetricSnapshot[]) => void>();
  #asked = 0;
  readonly process: ChildProcess;

  constructor(name: string, socketPath: string, { program, flags }: WorkerCommand) {
    this.target = new Target(name, socketPath);
    this.process = fork(program, ['cluster-worker', '--socket', socketPath, ...flags], {
      execArgv: NODE_FLAGS,
      // Lines of the workers go where those of this process go.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const listening = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    this.listening = listening.promise;
    this.listening.catch(() => {});
    this.ended = ended.promise;
    const end = (how: string) => {
      this.#hasEnded = true;
      this.target.close();
      listening.reject(new Error(`the worker ended before it listened (${how})`));
      ended.resolve(how);
    };
    this.process.once('error', (error) => end(error.message));
    this.process.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    this.process.on('message', (message) => {
      const said = workerMessage(message);
      if (said?.cluster === 'listening') listening.resolve();
      if (said?.cluster === 'metrics') this.#questions.get(said.question)?.(said.snapshots);
      if (said?.cluster === 'leaving') {
        this.#isLeaving = true;
        this.#leaving?.();
      }
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Called when the worker was asked from outside to end; it goes on until it is told to stop. */
  onLeaving(listener: () => void): void {
    this.#leaving = listener;
    if (this.#isLeaving) listener();
  }

  /** Whether it wants calls, as its `/readyz` says. */
  isReady(): Promise<boolean> {
    if (this.#hasEnded || !existsSync(this.target.socketPath)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const check = request({ socketPath: this.target.socketPath, path: '/readyz', agent: false, timeout: CHECK_TIMEOUT }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      check.once('timeout', () => check.destroy(new Error('timeout')));
      check.once('error', () => resolve(false));
      check.end();
    });
  }

  /** Its metrics; none where it does not answer in time. */
  metrics(): Promise<readonly MetricSnapshot[]> {
    if (this.#hasEnded) return Promise.resolve([]);
    const question = ++this.#asked;
    return new Promise<readonly MetricSnapshot[]>((resolve) => {
      const timer = setTimeout(() => resolve([]), METRICS_TIMEOUT);
      this.#questions.set(question, (snapshots) => {
        clearTimeout(timer);
        resolve(snapshots);
      });
      this.#tell({ cluster: 'metrics', question });
    }).finally(() => this.#questions.delete(question));
  }

  /** Tells it to finish what it has and to end; kills it when it has not ended within `patience` milliseconds. */
  async stop(patience: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#tell({ cluster: 'stop' });
    const timer = setTimeout(() => this.process.kill('SIGKILL'), patience);
    await this.ended;
    clearTimeout(timer);
  }

  #tell(message: ParentMessage): void {
    // A channel that is closed already means that the worker is about to end.
    this.process.send(message, () => {});
  }
}
