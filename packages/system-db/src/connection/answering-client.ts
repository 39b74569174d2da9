import { Socket } from 'node:net';
import pg from 'pg';

/** Milliseconds after which a statement without answer ends its connection: the network may have lost it without a word. */
const ANSWER_TIMEOUT = 10_000;

/**
 * A client of the pool that does not wait for ever. Where packets are dropped silently, TCP tells only after a quarter of an hour, and what
 * waits for the answer would wait as long; statements of the system database take milliseconds.
 */
export class AnsweringClient extends pg.Client {
  constructor(config: pg.ClientConfig) {
    const socket = new Socket();
    // The pool hides the password from copies of its configuration.
    const own: pg.ClientConfig = Object.create(config, { stream: { value: () => socket } });
    super(own);
    const ask: (...values: unknown[]) => unknown = this.query.bind(this);
    const query = (...values: unknown[]): unknown => {
      const answer = ask(...values);
      if (!(answer instanceof Promise)) return answer;
      const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${ANSWER_TIMEOUT} ms`)), ANSWER_TIMEOUT);
      timer.unref();
      return answer.finally(() => clearTimeout(timer));
    };
    this.query = query as typeof this.query;
  }
}
