import { JsonText } from '@headgate/core';
import type { Loan } from './answer-buffers.js';

/** Below this a text is cheaper to have as a string: it goes out in one piece with the headers. */
const SHORT = 16 * 1024;
const HEADER = 5;
const LENGTH = 4;

/**
 * The columns of a `DataRow` message in text format (PostgreSQL protocol 3.0), of which at most one is long: that one comes as bytes, with a
 * loan those of the message itself.
 */
export function columnsOf(message: Buffer, loan: Loan | undefined): (string | JsonText | null)[] {
  const count = message.readInt16BE(HEADER);
  const columns = new Array<string | JsonText | null>(count);
  let isLent = false;
  let at = HEADER + 2;
  for (let index = 0; index < count; index++) {
    const length = message.readInt32BE(at);
    at += LENGTH;
    if (length < 0) {
      columns[index] = null;
      continue;
    }
    const end = at + length;
    if (length < SHORT) columns[index] = message.toString('utf8', at, end);
    else if (loan === undefined || isLent) columns[index] = new JsonText(Buffer.from(message.subarray(at, end)));
    else {
      columns[index] = new JsonText(message.subarray(at, end), loan.release);
      isLent = true;
    }
    at = end;
  }
  if (!isLent) loan?.release();
  return columns;
}
