import type { JsonObject, RequestBody } from '@headgate/core';
import { isJsonObject, NO_BODY } from '@headgate/core';
import { parseBody } from '../body/parse.js';
import { hasBody, readBody } from '../body/read.js';
import type { ClientAddresses } from '../request/address.js';
import { readCredentials } from '../request/credentials.js';
import { parseQuery } from '../request/query.js';
import { readRoute } from '../request/route.js';
import { readVerb } from '../request/verb.js';
import type { ApiRules } from './api-rules.js';
import type { Call } from './call.js';
import type { Received } from './received.js';

const NO_FIELDS: JsonObject = Object.freeze({});

/** Reads the route, the verb, the options, the body and the credentials of a call. A promise only where there is a body. */
export function receive(call: Call, rules: ApiRules, addresses: ClientAddresses): Received | Promise<Received> {
  return hasBody(call.request) ? receiveWithBody(call, rules, addresses) : assemble(call, NO_BODY, addresses);
}

async function receiveWithBody(call: Call, rules: ApiRules, addresses: ClientAddresses): Promise<Received> {
  const raw = await readBody(call.request, call.response, rules.maxBody);
  const body = await parseBody(raw, call.request.headers['content-type'], rules.envelope.wrapper);
  return assemble(call, body, addresses);
}

function assemble(call: Call, body: RequestBody, addresses: ClientAddresses): Received {
  const { headers } = call.request;
  const parameters = parseQuery(call.search);
  const form = body.format === 'form' && isJsonObject(body.value) ? body.value : NO_FIELDS;
  const verb = readVerb(call.method, headers, parameters, form);
  const route = readRoute(call.path, call.method);
  const address = addresses.of(call.request);
  return {
    route,
    verb,
    parameters,
    credentials: readCredentials(headers, parameters, body, route, verb, address),
    body,
    strict: isStrict(headers.prefer),
    address,
    wrapHeader: typeof headers.wrap === 'string' ? headers.wrap : undefined,
  };
}

/** `Prefer: handling=strict` (RFC 7240). */
function isStrict(prefer: string | string[] | undefined): boolean {
  return prefer !== undefined && /(?:^|,)\s*handling\s*=\s*"?strict"?\s*(?:$|[,;])/i.test(String(prefer).slice(0, 1000));
}
