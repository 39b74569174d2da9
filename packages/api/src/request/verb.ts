import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, Parameters, Verb } from '@headgate/core';
import { isVerb, MethodNotAllowed } from '@headgate/core';

/**
 * The verb of a call: the method, or what a POST is overridden with (rest-core.md 2.2). HEAD is answered as GET; who writes the
 * answer leaves the body out.
 */
export function readVerb(method: string, headers: IncomingHttpHeaders, parameters: Parameters, form: JsonObject): Verb {
  if (method === 'GET' || method === 'HEAD') return 'GET';
  const name = method === 'POST' ? override(headers, parameters, form) : method;
  if (!isVerb(name)) throw MethodNotAllowed(name.slice(0, 40));
  return name === 'HEAD' ? 'GET' : name;
}

function override(headers: IncomingHttpHeaders, parameters: Parameters, form: JsonObject): string {
  const first = verbName(headers['x-http-method-override'] ?? form._method ?? parameters.get('_method'));
  if (first !== 'POST') return first;
  return verbName(headers['x-http-method'] ?? headers['x-method-override'] ?? parameters.get('method'));
}

function verbName(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') return 'POST';
  const name = value.trim().toUpperCase();
  return name === 'MERGE' ? 'PATCH' : name;
}
