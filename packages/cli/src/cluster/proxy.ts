import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyServer } from 'http-proxy-3';
import { answerHeaders } from './forwarding.js';
import type { Passage } from './passage.js';
import type { Target } from './target.js';

export interface ProxyEvents {
  /** The attempt came to no answer. */
  onFailure(passage: Passage, error: Error): void;
  /** Whether connections of clients are to end with their answer. */
  isClosing(): boolean;
}

/** Sends calls to workers and their answers to clients, as streams both ways; who goes takes the other side along. */
export class CallProxy {
  readonly #proxy = ProxyServer.createProxyServer({ selfHandleResponse: true, toProxy: true });
  readonly #passages = new WeakMap<IncomingMessage, Passage>();
  readonly #events: ProxyEvents;

  constructor(events: ProxyEvents) {
    this.#events = events;
    this.#proxy.on('proxyReq', (outgoing, request, _response, _options, socket) => {
      const passage = this.#passages.get(request);
      if (passage) connect(passage, outgoing, socket);
    });
    this.#proxy.on('proxyRes', (answer, request) => {
      const passage = this.#passages.get(request);
      if (passage) this.#answer(passage, answer);
    });
  }

  /** Throws where the request cannot be written, for example because of a header that is none. */
  send(passage: Passage, target: Target): void {
    const { request, response } = passage;
    this.#passages.set(request, passage);
    const body = passage.openBody();
    passage.begin(target);
    const attempt = passage.attempts;
    this.#proxy.web(
      request,
      response,
      {
        target: { host: 'localhost', port: 0, socketPath: target.socketPath },
        agent: target.agent,
        ...(body && { buffer: body }),
      },
      (error) => {
        // An attempt may fail in more than one way, also after the next has begun.
        if (passage.attempts === attempt) this.#events.onFailure(passage, error);
      },
    );
  }

  #answer(passage: Passage, answer: IncomingMessage): void {
    const { request, response } = passage;
    passage.isAnswered = true;
    if (response.headersSent || response.destroyed) {
      answer.destroy();
      return;
    }
    const headers = answerHeaders(answer.rawHeaders);
    // What is left of a body that the worker did not want must not be taken for the next request.
    if (this.#events.isClosing() || !request.complete) headers.push('Connection', 'close');
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
    passage.dropBody();
    answer.on('error', () => response.destroy());
    answer.pipe(response);
    if (answer.headers['content-length'] === undefined) setImmediate(flush, response);
  }
}

/** The head of an answer whose body comes later is not held back. */
function flush(response: ServerResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders();
}

/** Called when a request has its connection, which may still be opening, and before anything is written to it. */
function connect(passage: Passage, outgoing: ClientRequest, socket: Socket): void {
  if (passage.isChunked) {
    // The library declares a chunked body of DELETE and OPTIONS to be empty, and would then send it as if it were the next request.
    outgoing.removeHeader('content-length');
    outgoing.setHeader('transfer-encoding', 'chunked');
  }
  const connected = () => {
    passage.isConnected = true;
    if (!passage.hasBody) return;
    outgoing.flushHeaders();
    passage.sendBody();
  };
  if (socket.connecting) socket.once('connect', connected);
  else connected();
}
