import type { ServerResponse } from 'node:http';
import { pipeline as pipeStream } from 'node:stream';
import type { Caller, HeadgateError, JsonObject, Logger, ServiceResponse } from '@headgate/core';
import { bodyObject, errorDocument, isTruthy, NotAcceptable } from '@headgate/core';
import { hasBody } from '../body/read.js';
import { type Choice, chooseFormat, disposition, type Format } from '../format/choose.js';
import { toCsv } from '../format/csv.js';
import { documentOf, jsonOf, type Pieces, type ValueContent, type Written } from '../format/document.js';
import { nextLink } from '../format/link.js';
import { toXml } from '../format/xml.js';
import { NO_PARAMETERS } from '../request/query.js';
import type { ApiRules } from './api-rules.js';
import { type Call, STAGES } from './call.js';
import { type Outcome, refusal } from './outcome.js';
import type { Received } from './received.js';
import type { Room } from './room.js';
import { endAfterRequest } from './unread-body.js';

/** Everything that an answer is made of. */
export interface RespondInput {
  readonly call: Call;
  /** Undefined where the call ended before it was read. */
  readonly received: Received | undefined;
  readonly caller: Caller | undefined;
  readonly crossOrigin: Readonly<Record<string, string>> | undefined;
  readonly outcome: Outcome;
  readonly rules: ApiRules;
  readonly room: Room;
  readonly log: Logger;
}

/** What went out. */
export interface Sent {
  readonly status: number;
  readonly bytes: number;
  /** The outcome that was told: a fault where what the service answered could not be written. */
  readonly outcome: Outcome;
}

type Headers = (string | number)[];

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  xml: 'application/xml',
  csv: 'text/csv; charset=UTF-8',
  text: 'text/plain; charset=utf-8',
};
const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const CLIENT_CLOSED = 499;
const SAFE_VERBS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses a call that would change something although its answer could not be sent in any form that it accepts. */
export function refuseUnanswerable(call: Call, received: Received, rules: ApiRules): void {
  if (SAFE_VERBS.has(received.verb)) return;
  const { format, accepted } = choiceOf(call, received, rules);
  if (format === undefined) throw NotAcceptable(accepted.slice(0, 100));
}

/** Puts the outcome of a call into HTTP: the only place that does. A promise only where the answer takes long to write. */
export function respond(input: RespondInput): Sent | Promise<Sent> {
  try {
    const sent = respondOutcome(input);
    return sent instanceof Promise ? sent.catch((fault: unknown) => respondFault(input, fault)) : sent;
  } catch (fault) {
    return respondFault(input, fault);
  }
}

function respondOutcome(input: RespondInput): Sent | Promise<Sent> {
  const { outcome, call } = input;
  switch (outcome.kind) {
    case 'gone':
      call.response.destroy();
      return { status: CLIENT_CLOSED, bytes: 0, outcome };
    case 'options':
      return send(input, outcome.status, ['Allow', ALLOW], undefined);
    case 'refusal':
      return respondError(input, outcome.error, outcome.cause);
    case 'answer':
      return respondAnswer(input, outcome.response);
  }
}

/** What a service answered cannot be written (a status or header that is none, a value without end): a fault like any other. */
function respondFault(input: RespondInput, fault: unknown): Sent | Promise<Sent> {
  if (input.call.response.headersSent) throw fault;
  return respondOutcome({ ...input, outcome: refusal(fault) });
}

function respondAnswer(input: RespondInput, response: ServiceResponse): Sent | Promise<Sent> {
  const { call, received, rules } = input;
  const { content, status } = response;
  const headers: Headers = [];
  if (response.headers !== undefined) for (const [name, value] of Object.entries(response.headers)) headers.push(name, value);
  if (response.nextOffset !== undefined && SAFE_VERBS.has(call.method)) headers.push('Link', nextLink(call.target, response.nextOffset));
  if (content.kind === 'none') return send(input, status, headers, undefined);
  if (content.kind === 'bytes') {
    headers.push('Content-Type', content.contentType);
    if (content.fileName !== undefined) headers.push('Content-Disposition', disposition(content.fileName));
    return sendBytes(input, status, headers, content.bytes);
  }
  const choice = choiceOf(call, received, rules);
  if (choice.format === undefined) return respondOutcome({ ...input, outcome: refusal(NotAcceptable(choice.accepted.slice(0, 100))) });
  if (choice.fileName !== undefined) headers.push('Content-Disposition', disposition(choice.fileName));
  headers.push('Content-Type', CONTENT_TYPES[choice.format]);
  const text = write(content, choice.format, received, rules);
  return text instanceof Promise ? sendLater(input, status, headers, text) : send(input, status, headers, text);
}

function respondError(input: RespondInput, error: HeadgateError, cause: unknown): Sent | Promise<Sent> {
  const { call, received, caller, rules } = input;
  const format = choiceOf(call, received, rules).format ?? 'json';
  const headers: Headers = ['Content-Type', CONTENT_TYPES[format]];
  if (error.status === 405) headers.push('Allow', ALLOW);
  if (error.retryAfter !== undefined) headers.push('Retry-After', Math.ceil(error.retryAfter));
  const document: JsonObject = {
    ...errorDocument(error, call.id),
    ...(error.detail !== undefined && caller?.isAdmin === true && { detail: error.detail }),
    ...(rules.debug && { trace: traceOf(cause ?? error) }),
  };
  const text = write({ kind: 'value', value: { error: document } }, format, received, rules);
  return text instanceof Promise ? sendLater(input, error.status, headers, text) : send(input, error.status, headers, text);
}

function write(content: ValueContent, format: Format, received: Received | undefined, rules: ApiRules): Written | Promise<string> {
  const { envelope } = rules;
  if (format === 'xml') return documentOf(content, envelope).then((value) => toXml(value, rules.xmlRoot));
  if (format === 'csv') return documentOf(content, envelope).then((value) => toCsv(value, envelope.wrapper));
  return jsonOf(content, isWrapped(received, rules), envelope);
}

async function sendLater(input: RespondInput, status: number, headers: Headers, text: Promise<string>): Promise<Sent> {
  return send(input, status, headers, await text);
}

/** `wrap` in the query, the body or a header overrides the setting for one call. */
function isWrapped(received: Received | undefined, rules: ApiRules): boolean {
  if (received === undefined) return rules.envelope.always;
  const wanted = received.parameters.get('wrap') ?? received.wrapHeader ?? bodyObject(received.body).wrap;
  return wanted === undefined ? rules.envelope.always : isTruthy(wanted);
}

function choiceOf(call: Call, received: Received | undefined, rules: ApiRules): Choice {
  const name = received === undefined ? 'answer' : (received.route.path.at(-1) ?? received.route.service);
  return chooseFormat(call.request.headers.accept, received?.parameters ?? NO_PARAMETERS, rules.contentType, name || 'api');
}

function send(input: RespondInput, status: number, headers: Headers, written: Written | undefined): Sent {
  const { call } = input;
  const bytes = written === undefined ? 0 : lengthOf(written);
  if (status !== 204 && status !== 304) headers.push('Content-Length', bytes);
  const response = writeHead(input, status, headers);
  const body = call.method === 'HEAD' ? undefined : written;
  if (isUnread(call)) endAfterRequest(call.request, response, typeof body === 'object' ? Buffer.concat(body.pieces) : body);
  else if (typeof body === 'object') endWithPieces(response, body);
  else response.end(body);
  return { status, bytes: body === undefined ? 0 : bytes, outcome: input.outcome };
}

function lengthOf(written: Written): number {
  return typeof written === 'string' ? Buffer.byteLength(written) : written.pieces.reduce((sum, { length }) => sum + length, 0);
}

/** Headers and pieces go to the system in one write; what is on loan is given back when it has taken them. */
function endWithPieces(response: ServerResponse, { pieces, release }: Pieces): void {
  if (release !== undefined) response.once('finish', release);
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}

function sendBytes(
  input: RespondInput,
  status: number,
  headers: Headers,
  bytes: Extract<ServiceResponse['content'], { kind: 'bytes' }>['bytes'],
): Sent {
  const { call, log } = input;
  if (bytes instanceof Uint8Array) {
    headers.push('Content-Length', bytes.length);
    writeHead(input, status, headers).end(call.method === 'HEAD' ? undefined : bytes);
    return { status, bytes: bytes.length, outcome: input.outcome };
  }
  const response = writeHead(input, status, headers);
  if (call.method === 'HEAD') {
    bytes.destroy();
    response.end();
  } else {
    pipeStream(bytes, response, (error) => {
      if (error && !call.isGone) log.warn('An answer could not be sent to its end', { request_id: call.id, problem: error.message });
    });
  }
  return { status, bytes: 0, outcome: input.outcome };
}

/** The headers that every answer of the API has. */
function writeHead(input: RespondInput, status: number, headers: Headers): ServerResponse {
  const { call, crossOrigin, received, rules, room } = input;
  headers.push('Cache-Control', 'no-cache, private', 'X-Content-Type-Options', 'nosniff', 'X-Request-Id', call.id);
  if (crossOrigin !== undefined) for (const [name, value] of Object.entries(crossOrigin)) headers.push(name, value);
  if (received?.strict === true) headers.push('Preference-Applied', 'handling=strict');
  if (rules.debug) headers.push('Server-Timing', serverTiming(call));
  if (room.isDraining || isUnread(call)) headers.push('Connection', 'close');
  return call.response.writeHead(status, headers);
}

/** A body so small (bytes) is on its way as a whole: Node reads past it, and the connection stays. */
const SMALL_BODY = 64 * 1024;

/** Whether the client may still be sending a body that nobody will read, for so long that the connection had better end. */
function isUnread({ request }: Call): boolean {
  if (request.complete || !hasBody(request)) return false;
  const { expect, 'content-length': length } = request.headers;
  return expect !== undefined || length === undefined || Number(length) > SMALL_BODY;
}

function serverTiming(call: Call): string {
  let before = 0;
  return call.marks
    .map((mark, index) => {
      const part = `${STAGES[index]};dur=${(mark - before).toFixed(3)}`;
      before = mark;
      return part;
    })
    .join(', ');
}

function traceOf(thrown: unknown): string[] {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  return stack
    .split('\n')
    .slice(1)
    .map((line, index) => `${index} ${line.trim().replace(/^at /, '')}`);
}
