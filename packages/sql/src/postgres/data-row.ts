/** Below this a text is cheaper to have as a string: it goes out in one piece with the headers, and keeps no buffer of a socket alive. */
const SHORT = 16 * 1024;
const HEADER = 5;
const LENGTH = 4;

/**
 * The columns of a `DataRow` message in text format (PostgreSQL protocol 3.0): a long one as its bytes, a view of the message.
 */
export function columnsOf(message: Buffer): (string | Buffer | null)[] {
  const count = message.readInt16BE(HEADER);
  const columns = new Array<string | Buffer | null>(count);
  let at = HEADER + 2;
  for (let index = 0; index < count; index++) {
    const length = message.readInt32BE(at);
    at += LENGTH;
    if (length < 0) {
      columns[index] = null;
      continue;
    }
    columns[index] = length < SHORT ? message.toString('utf8', at, at + length) : message.subarray(at, at + length);
    at += length;
  }
  return columns;
}
