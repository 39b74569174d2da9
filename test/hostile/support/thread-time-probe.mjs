import { createServer } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into Headgate by `--import`: measures the processor time of its main thread, which nothing else on the machine can disturb as it
 * would the clock. Commands over the socket HEADGATE_PROBE, a line each: `begin`, `begin pieces`, `end`. `end` is answered with
 * `{ total, longest }` in milliseconds; `longest` is the most work in one turn of the event loop, known after `begin pieces` alone.
 */
const socketPath = process.env.HEADGATE_PROBE;
if (isMainThread && socketPath) {
  const threadTime = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let begun = 0;
  let last = 0;
  let longest = 0;
  let measuring = false;
  const turn = () => {
    if (!measuring) return;
    const now = threadTime();
    longest = Math.max(longest, now - last);
    last = now;
    setImmediate(turn);
  };
  createServer((socket) => {
    socket.on('data', (chunk) => {
      const command = chunk.toString().trim();
      if (command === 'end') {
        const now = threadTime();
        if (measuring) longest = Math.max(longest, now - last);
        measuring = false;
        socket.write(`${JSON.stringify({ total: now - begun, longest })}\n`);
        return;
      }
      begun = last = threadTime();
      longest = 0;
      measuring = command === 'begin pieces';
      if (measuring) setImmediate(turn);
      socket.write('{}\n');
    });
    socket.on('error', () => {});
  })
    .listen(socketPath)
    .unref();
}
