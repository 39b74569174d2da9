import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallTiming } from '@headgate/core';
import type { ServiceShare } from './service-share.js';

/** The stages of a call, in order (design.md 2). */
export const STAGES = ['cors', 'admit', 'receive', 'identify', 'authorize', 'dispatch', 'respond'] as const;
export type Stage = (typeof STAGES)[number];

/** The client closed its connection: nothing is executed and nothing answered any more. */
export class ClientGone {
  readonly name = 'ClientGone';
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The parts of a request's URL, none of them decoded. */
export interface RequestUrl {
  readonly target: string;
  readonly pathname: string;
  /** Below the prefix of the API. */
  readonly path: string;
  readonly search: string;
}

/** One exchange over HTTP, and where its time went. What a stage finds out is returned by it, never kept here. */
export class Call implements CallTiming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Also `X-Request-Id`: the client's own where it is a plain one. */
  readonly id: string;
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  /** The whole path, still encoded. */
  readonly pathname: string;
  /** The path below the API's prefix, still encoded. */
  readonly path: string;
  /** The text after `?`. */
  readonly search: string;
  readonly started = performance.now();
  /** Milliseconds since `started` at which each stage ended, in the order of `STAGES`. */
  readonly marks: number[] = [];
  databaseMs = 0;
  waitingMs = 0;
  /** The service's calls among which this one counts until it is closed. */
  share: ServiceShare | undefined;
  #closed = false;
  #aborting: AbortController | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, url: RequestUrl) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    this.target = url.target;
    this.pathname = url.pathname;
    this.path = url.path;
    this.search = url.search;
    const sent = request.headers['x-request-id'];
    this.id = typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
  }

  /** Ends a stage. */
  mark(): void {
    this.marks.push(performance.now() - this.started);
  }

  /** Aborted when the client goes before it has its answer. Made on demand: most calls never look at it. */
  get signal(): AbortSignal {
    this.#aborting ??= new AbortController();
    if (this.isGone && !this.#aborting.signal.aborted) this.#aborting.abort();
    return this.#aborting.signal;
  }

  /** Whether the client has closed its connection before it had its answer. */
  get isGone(): boolean {
    return this.#closed || this.request.socket.destroyed;
  }

  /** To be called when the response is closed, answered or not. */
  close(): void {
    if (this.share !== undefined) this.share.inside--;
    if (this.response.writableFinished) return;
    this.#closed = true;
    this.#aborting?.abort();
  }
}
