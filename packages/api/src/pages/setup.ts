import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeadgateError, isJsonObject } from '@headgate/core';
import { readForm } from '../body/form.js';
import { readBody } from '../body/read.js';
import { createNonce, sendPage } from './html.js';
import { redirect } from './redirect.js';
import { SETUP_FIELDS, type SetupField, type SetupFormState, type SetupValues, setupForm } from './setup-form.js';

/** What the page needs of those who keep users. */
export interface FirstAdministrator {
  /** Whether an active administrator exists. */
  exists(): boolean | Promise<boolean>;
  /** Makes the administrator and uses the token up; throws what is wrong, fields in `context`. `address` is the client's. */
  create(values: SetupValues, address: string): Promise<void>;
}

/** A form of this size is none of ours. */
const MAX_FORM = 64 * 1024;

/** `GET` and `POST /setup`: once an administrator exists both lead to `/` (rest-core.md 1.3). */
export function createSetupPage(first: FirstAdministrator, addressOf: (request: IncomingMessage) => string, inContainer: boolean) {
  const show = (response: ServerResponse, status: number, state: Omit<SetupFormState, 'nonce' | 'inContainer'>) => {
    const nonce = createNonce();
    sendPage(response, status, { title: 'Set-up', nonce, body: setupForm({ ...state, nonce, inContainer }) });
  };
  return async function setupPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await first.exists()) return redirect(response, '/');
    if (request.method !== 'POST') return show(response, 200, { values: {}, problems: {}, problem: undefined });
    const values = valuesOf((await readBody(request, response, MAX_FORM)).toString('utf8'));
    try {
      await first.create(values, addressOf(request));
    } catch (error) {
      if (!(error instanceof HeadgateError) || error.status >= 500) throw error;
      if (error.retryAfter !== undefined) response.setHeader('Retry-After', Math.ceil(error.retryAfter));
      return show(response, error.status, { values, ...problemsOf(error) });
    }
    redirect(response, '/');
  };
}

function valuesOf(text: string): SetupValues {
  const fields = readForm(text);
  const values: Partial<Record<SetupField, string>> = {};
  for (const name of SETUP_FIELDS) if (typeof fields[name] === 'string') values[name] = fields[name];
  return values;
}

function problemsOf(error: HeadgateError): Pick<SetupFormState, 'problems' | 'problem'> {
  const problems: Partial<Record<SetupField, string>> = {};
  if (isJsonObject(error.context)) {
    for (const name of SETUP_FIELDS) {
      const messages = error.context[name];
      const text = Array.isArray(messages) ? messages.map(String).join(' ') : messages;
      if (typeof text === 'string' && text !== '') problems[name] = text;
    }
  }
  const isPlaced = Object.keys(problems).length > 0;
  return { problems, problem: isPlaced ? 'Nothing was created. Please correct the marked fields.' : error.message };
}
