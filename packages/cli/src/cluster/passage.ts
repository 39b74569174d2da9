import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { hasBody, isRepeatable } from './repeatable.js';
import type { Target } from './target.js';

/** One call on its way through the balancer, over all its attempts. */
export class Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hasBody: boolean;
  readonly isChunked: boolean;
  readonly isRepeatable: boolean;
  /** Whether the client waits for leave to send its body. */
  readonly expectsContinue: boolean;
  /** Workers that were tried in vain. */
  readonly tried = new Set<Target>();
  id = '';
  attempts = 0;
  /** Whether the worker of this attempt may have seen anything of the call. */
  isConnected = false;
  isAnswered = false;
  #target: Target | undefined;
  #body: PassThrough | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, prefix: string) {
    this.request = request;
    this.response = response;
    this.hasBody = hasBody(request);
    this.isChunked = request.headers['transfer-encoding'] !== undefined;
    this.isRepeatable = isRepeatable(request, prefix);
    this.expectsContinue = request.headers.expect?.toLowerCase() === '100-continue';
  }

  get target(): Target | undefined {
    return this.#target;
  }

  /** Whether there is still somebody who waits for the answer. */
  get isWanted(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  begin(target: Target): void {
    this.attempts++;
    this.isConnected = false;
    this.#target = target;
    target.enter();
  }

  /** What the proxy sends as body: nothing of the client's is taken before a worker is connected, so that another one can have it all. */
  openBody(): PassThrough | undefined {
    this.#body = this.hasBody ? new PassThrough() : undefined;
    return this.#body;
  }

  /** Lets the client's body flow to the worker. */
  sendBody(): void {
    if (this.#body === undefined) return;
    if (this.expectsContinue && !this.isAnswered) this.response.writeContinue();
    this.request.pipe(this.#body);
  }

  /** The worker has answered without reading all: the rest is read and dropped. */
  dropBody(): void {
    if (this.#body === undefined || this.request.complete) return;
    this.request.unpipe(this.#body);
    this.request.resume();
  }

  /** The attempt is over: its worker has one call less. */
  end(): void {
    this.#target?.leave();
    this.#target = undefined;
  }
}
