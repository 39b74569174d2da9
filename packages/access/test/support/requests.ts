import type { JsonObject, JsonValue, Parameters, ServiceRequest, SystemResource, Verb } from '@headgate/core';
import { HeadgateError } from '@headgate/core';
import { type Credentials, NO_ACCESS } from '../../src/index.js';
import type { AccessTestParts } from './fixtures.js';

export interface Call extends Partial<Pick<Credentials, 'apiKey' | 'token' | 'address' | 'ignoreToken' | 'keepUnverifiedToken'>> {
  readonly verb?: Verb;
  readonly body?: JsonValue;
  readonly query?: Readonly<Record<string, string>>;
  readonly path?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** What a resource answers to a call, its refusal as a status and the error's members. Problems of tokens are thrown as `authorize` does. */
export async function call(parts: AccessTestParts, resource: SystemResource, { verb = 'POST', ...more }: Call = {}): Promise<Answer> {
  const { address = '127.0.0.1', query = {}, body, path = [] } = more;
  try {
    const caller = await parts.identity.identify({ address, verb, ...more });
    if (caller.tokenProblem) throw caller.tokenProblem;
    const request: ServiceRequest = {
      verb,
      service: 'user',
      path: [resource.name, ...path],
      trailingSlash: false,
      apiVersion: '2.0',
      parameters: parametersOf(query),
      headers: { host: 'evil.test' },
      body: { format: body === undefined ? 'none' : 'json', value: body, contentType: undefined, raw: new Uint8Array() },
      caller,
      access: NO_ACCESS,
      requestor: 'API',
      origin: { requestId: 'r', address, userAgent: 'vitest', target: '/' },
      signal: undefined,
      strict: false,
    };
    const response = await resource.handle(request, path);
    const { content } = response;
    return { status: response.status, body: content.kind === 'value' ? (content.value as JsonObject) : {} };
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    return { status: error.status, body: { message: error.message, reason: error.reason, context: error.context } };
  }
}

function parametersOf(query: Readonly<Record<string, string>>): Parameters {
  return { get: (name) => query[name], has: (name) => name in query, map: () => undefined, names: () => Object.keys(query) };
}
