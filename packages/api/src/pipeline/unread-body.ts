import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long (ms) and how much (bytes) of a refused body is thrown away before the connection is closed. */
const PATIENCE = 1000;
const MOST = 64 * 1024 * 1024;

/**
 * Sends the answer at once, but closes the connection only when the client has sent its body or lost our patience: closing while
 * data comes in would make the client's system drop the answer.
 */
export function endAfterRequest(request: IncomingMessage, response: ServerResponse, body: string | Buffer | undefined): void {
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  let thrownAway = 0;
  const end = () => {
    clearTimeout(timer);
    if (!response.writableEnded) response.end();
  };
  const timer = setTimeout(end, PATIENCE);
  request.on('data', (chunk: Buffer) => {
    thrownAway += chunk.length;
    if (thrownAway > MOST) end();
  });
  request.once('end', end);
  request.once('close', end);
  request.resume();
}
