import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ClientAddresses } from '@headgate/api';
import { BadRequest, errorDocument, type HeadgateError, type Logger, NoWorker, WorkerLost } from '@headgate/core';
import { forwardHeaders, isFramed, originForm } from './forwarding.js';
import { Passage } from './passage.js';
import { CallProxy } from './proxy.js';
import { isEmptyAnswer } from './repeatable.js';
import type { Rotation } from './rotation.js';
import type { Target } from './target.js';

export interface BalancerParts {
  readonly rotation: Rotation;
  readonly addresses: ClientAddresses;
  /** `DF_API_ROUTE_PREFIX` */
  readonly prefix: string;
  readonly log: Logger;
  /** Whether clients are to go elsewhere: the whole cluster stops. */
  isClosing(): boolean;
  /** A worker did not take a connection: it is not to be asked before it has shown that it is well. */
  onUnreachable(target: Target): void;
}

/** Attempts of one call: the first and two more. */
const MOST_ATTEMPTS = 3;
/** How long a call waits for a worker where none is ready, in milliseconds. */
const PATIENCE = 2_000;
const RETRY_AFTER = 1;

/** Passes calls to the workers of the rotation (operations.md 7.4, as HAProxy would). */
export function createBalancer(parts: BalancerParts): RequestListener {
  const { rotation, addresses, prefix, log } = parts;
  const proxy = new CallProxy({ onFailure, isClosing: parts.isClosing });

  function listener(request: IncomingMessage, response: ServerResponse): void {
    if (isHealthPath(request)) {
      answerHealth(request, response, rotation.size > 0 && !parts.isClosing());
    } else if (!isFramed(request)) {
      refuse(request, response, BadRequest('The request has a transfer coding other than chunked.'), undefined);
    } else {
      const passage = new Passage(request, response, prefix);
      passage.id = forwardHeaders(request, addresses);
      request.url = originForm(request.url ?? '/');
      response.once('close', () => passage.end());
      dispatch(passage);
    }
  }

  function dispatch(passage: Passage): void {
    const target = rotation.take(passage.tried);
    if (target === undefined) waitFor(passage);
    else send(passage, target);
  }

  function waitFor(passage: Passage): void {
    void rotation.wait(passage.tried, PATIENCE).then((later) => {
      if (!passage.isWanted) return;
      if (later !== undefined) send(passage, later);
      else refuse(passage.request, passage.response, NoWorker().withRetryAfter(RETRY_AFTER), passage.id);
    });
  }

  function send(passage: Passage, target: Target): void {
    try {
      proxy.send(passage, target);
    } catch (error) {
      passage.end();
      log.debug('a request could not be passed on', { request_id: passage.id, error: error instanceof Error ? error.name : String(error) });
      refuse(passage.request, passage.response, BadRequest('The request is not valid HTTP.'), passage.id);
    }
  }

  function onFailure(passage: Passage, error: Error): void {
    const { target } = passage;
    if (target === undefined || passage.isAnswered) return;
    passage.end();
    if (!passage.isWanted || passage.request.socket.destroyed) return;
    passage.tried.add(target);
    if (!passage.isConnected) parts.onUnreachable(target);
    const mayRepeat = !passage.isConnected || (passage.isRepeatable && isEmptyAnswer(error));
    if (mayRepeat && passage.attempts < MOST_ATTEMPTS) {
      dispatch(passage);
      return;
    }
    log.warn('a worker ended before it answered', { request_id: passage.id, worker: target.name, method: passage.request.method });
    refuse(passage.request, passage.response, passage.isConnected ? WorkerLost() : NoWorker().withRetryAfter(RETRY_AFTER), passage.id);
  }

  return listener;
}

const HEALTH = /^\/(livez|live|up|readyz|ready)$/;

function isHealthPath({ url = '' }: IncomingMessage): boolean {
  return HEALTH.test(url.split('?', 1)[0]!);
}

/** Of the cluster as a whole: alive while this process answers, ready while a worker is. */
function answerHealth(request: IncomingMessage, response: ServerResponse, isReady: boolean): void {
  const asksForReadiness = /^\/ready/.test(request.url ?? '');
  if (!asksForReadiness) send(request, response, 200, { status: 'ok' });
  else if (isReady) send(request, response, 200, { status: 'ready' });
  else send(request, response, 503, { status: 'not ready', problems: ['no worker is ready'] });
}

function refuse(request: IncomingMessage, response: ServerResponse, error: HeadgateError, requestId: string | undefined): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!request.complete) response.setHeader('Connection', 'close');
  if (error.retryAfter !== undefined) response.setHeader('Retry-After', error.retryAfter);
  if (requestId !== undefined) response.setHeader('X-Request-Id', requestId);
  send(request, response, error.status, { error: errorDocument(error, requestId) });
}

function send(request: IncomingMessage, response: ServerResponse, status: number, document: unknown): void {
  const text = JSON.stringify(document);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-cache, private',
    'X-Content-Type-Options': 'nosniff',
    'X-Headgate-Role': 'api',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
  request.resume();
}
