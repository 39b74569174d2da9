import type { IncomingHttpHeaders } from 'node:http';
import type {
  Caller,
  CallTiming,
  Parameters,
  RequestBody,
  RequestOrigin,
  Requestor,
  ServiceAccess,
  ServiceRequest,
  ServiceResponse,
  Verb,
} from '@headgate/core';
import type { Authorized } from './authorize.js';
import { type Call, ClientGone } from './call.js';
import type { Received } from './received.js';
import type { Room } from './room.js';
import type { Services } from './services.js';

/** Has the service do its work. A call whose client has gone meanwhile is not executed. */
export function dispatch(
  call: Call,
  received: Received,
  caller: Caller,
  authorized: Authorized,
  services: Services,
  room: Room,
): ServiceResponse | Promise<ServiceResponse> {
  if (call.isGone) throw new ClientGone();
  if (authorized.kind === 'root') return services.list(caller, received.parameters);
  call.share = room.enterService(authorized.service.target.name, caller.isAdmin);
  const request = new LiveRequest(call, received, caller, authorized.access);
  const service = authorized.service.open();
  return service instanceof Promise ? service.then((opened) => opened.handle(request)) : service.handle(request);
}

/** A request that came over HTTP. A class, so that `signal` costs nothing where nobody asks for it. */
class LiveRequest implements ServiceRequest {
  readonly verb: Verb;
  readonly service: string;
  readonly path: readonly string[];
  readonly trailingSlash: boolean;
  readonly apiVersion: string;
  readonly parameters: Parameters;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: RequestBody;
  readonly caller: Caller;
  readonly access: ServiceAccess;
  readonly requestor: Requestor;
  readonly origin: RequestOrigin;
  readonly strict: boolean;
  readonly #call: Call;

  constructor(call: Call, received: Received, caller: Caller, access: ServiceAccess) {
    const { route } = received;
    this.#call = call;
    this.verb = received.verb;
    this.service = route.service;
    this.path = route.path;
    this.trailingSlash = route.trailingSlash;
    this.apiVersion = route.apiVersion;
    this.parameters = received.parameters;
    this.headers = call.request.headers;
    this.body = received.body;
    this.caller = caller;
    this.access = access;
    this.requestor = caller.requestor;
    this.origin = { requestId: call.id, address: received.address, userAgent: call.request.headers['user-agent'], target: call.target };
    this.strict = received.strict;
  }

  get timing(): CallTiming {
    return this.#call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}
