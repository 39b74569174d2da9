import { expect } from 'vitest';
import type { Answer } from './http.js';

/** What only an inner part knows how to say: in no answer, whatever was asked. */
const INNER_WORDS: readonly (readonly [string, RegExp])[] = [
  ['the stack of an error', /\n?\s+at \S+ \(|\.[cm]?[jt]s:\d+:\d+/],
  ['a path of the program', /node_modules|packages\/\w+\/(?:src|dist)|\/tmp\/headgate-test/],
  ['a SQLSTATE', /SQLSTATE|sqlState|"severity"/],
  [
    'the text of a PostgreSQL error',
    /syntax error at|does not exist(?! in the database)|violates .* constraint|invalid input syntax|out of range for type/,
  ],
  ['the text of a SQLite error', /\bSQLITE_[A-Z]|no such (?:table|column)|near ".*": syntax/],
  ['a statement', /\b(?:select|insert into|update|delete from)\s+"|"\s*(?:where|from|returning)\s+"|=\s*\$\d+\b/i],
  ['a way of saying that a program failed', /is not a function|Cannot read propert|undefined is not|Unexpected token|\[object Object\]/],
];

interface ErrorDocument {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly status_code: number;
  readonly request_id: string;
  readonly context: unknown;
}

/** The error document of an answer (design.md 9, rest-core.md 2.10); undefined where it has none. */
export function errorOf(answer: Answer): ErrorDocument | undefined {
  const { json } = answer;
  if (typeof json !== 'object' || json === null || !('error' in json)) return undefined;
  return json.error as ErrorDocument;
}

/** What is wrong with the answers to hostile requests: gathered, so that one run shows them all. */
export class Faults {
  readonly #found: string[] = [];

  /**
   * Looks at an answer: it must be no fault, tell nothing of the inside, and where it refuses, have the document of the contract. What is
   * not built yet says so by 501.
   */
  check(answer: Answer, asked: string): void {
    const problem = problemOf(answer);
    if (problem !== undefined) this.#found.push(`${problem}: ${asked.slice(0, 200)} -> ${answer.status} ${answer.text.slice(0, 200)}`);
  }

  expectNone(): void {
    expect(this.#found.slice(0, 20)).toEqual([]);
  }
}

/** Fails unless the answer is one that a hostile request may have. */
export function expectHonestAnswer(answer: Answer, asked: string): void {
  const faults = new Faults();
  faults.check(answer, asked);
  faults.expectNone();
}

/** Fails if the answer, whatever its status, tells something that only an inner part knows. */
export function expectNothingInner(answer: Answer, asked: string): void {
  const told = INNER_WORDS.find(([, pattern]) => pattern.test(answer.text));
  expect(told?.[0], `${asked} -> ${answer.text.slice(0, 400)}`).toBeUndefined();
}

function problemOf(answer: Answer): string | undefined {
  const error = errorOf(answer);
  if (answer.status >= 500 && answer.status !== 501) return 'a fault';
  const told = INNER_WORDS.find(([, pattern]) => pattern.test(answer.text));
  if (told) return told[0];
  const isJson = answer.headers['content-type'] === 'application/json';
  if (answer.status < 400 || answer.method === 'HEAD' || (answer.text !== '' && !isJson)) return undefined;
  if (error === undefined) return 'no error document';
  if (error.status_code !== answer.status || typeof error.message !== 'string' || error.message === '') return 'another error document';
  if (!/^[a-z][a-z_]+$/.test(String(error.reason))) return 'no reason';
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(String(error.request_id)) || error.request_id !== answer.headers['x-request-id'])
    return 'no request id';
  return undefined;
}
