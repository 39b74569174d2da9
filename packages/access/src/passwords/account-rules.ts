import { LONGEST_PASSWORD } from './passwords.js';

/** What fields of an account must be (system-service.md 2.15, rest-core.md 1.3, 5.4, 5.6); each answers what is wrong, or undefined. */

export const SHORTEST_PASSWORD = 16;
const SHORTEST_USERNAME = 6;
/** NUL among them, which PostgreSQL cannot store. */
const CONTROL_CHARACTER = /\p{Cc}/u;
const LONGEST_TEXT = 255;
const LONGEST_PHONE = 32;
/** One `@`, no blanks, a domain without dots at its ends. */
const EMAIL = /^[^\s@"(),:;<>[\]\\]{1,64}@(?=.{1,190}$)[^\s@.,;:"()<>[\]\\]+(?:\.[^\s@.,;:"()<>[\]\\]+)*$/u;

export function passwordProblem(value: unknown, field = 'password'): string | undefined {
  if (typeof value !== 'string' || value === '') return `The ${field} field is required.`;
  if (value.length > LONGEST_PASSWORD) return `The ${field} field must not be greater than ${LONGEST_PASSWORD} characters.`;
  if (lengthOf(value) < SHORTEST_PASSWORD) return `The ${field} field must be at least ${SHORTEST_PASSWORD} characters.`;
  return undefined;
}

export function emailProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'The email field is required.';
  if (value.length > LONGEST_TEXT || CONTROL_CHARACTER.test(value) || !EMAIL.test(value))
    return 'The email field must be a valid email address.';
  return undefined;
}

export function usernameProblem(value: unknown): string | undefined {
  const problem = textProblem(value, 'username');
  if (problem !== undefined || typeof value !== 'string') return problem;
  if (/\s/.test(value)) return 'The username field must not contain blanks.';
  return lengthOf(value) < SHORTEST_USERNAME ? `The username field must be at least ${SHORTEST_USERNAME} characters.` : undefined;
}

export function nameProblem(value: unknown): string | undefined {
  return value === '' ? 'The name field is required.' : textProblem(value, 'name');
}

export function phoneProblem(value: unknown): string | undefined {
  return textProblem(value, 'phone', LONGEST_PHONE);
}

export function textProblem(value: unknown, field: string, longest = LONGEST_TEXT): string | undefined {
  if (typeof value !== 'string') return `The ${field} field must be a string.`;
  // No character has more than two units: what is far too long is not counted out.
  if (value.length > 2 * longest || lengthOf(value) > longest) return `The ${field} field must not be greater than ${longest} characters.`;
  return CONTROL_CHARACTER.test(value) ? `The ${field} field must not contain control characters.` : undefined;
}

/** Names made from an email where none are given: the part before `@`, split at its dots. */
export function namesFromEmail(email: string): { readonly first: string; readonly last: string } {
  const [first = '', ...rest] = (email.split('@', 1)[0] ?? '').split('.');
  return { first, last: rest.join(' ') };
}

function lengthOf(text: string): number {
  return [...text].length;
}
