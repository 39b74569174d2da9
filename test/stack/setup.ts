import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildImage, openStack, type Stack } from './compose.ts';

/**
 * Does once for all files of a run what they share: the image, and a stack (`compose.ts`). Over HTTP, because each file runs in a process of
 * its own; at the first request, so that a run without such tests builds and starts nothing.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  let image: Promise<void> | undefined;
  let shared: Promise<Stack> | undefined;
  const built = () => (image ??= buildImage());
  const started = () => (shared ??= built().then(() => openStack({ profiles: ['sample'] })));
  const broker = createServer(async (request, response) => {
    try {
      if (request.url === '/image') response.end(String((await built()) ?? ''));
      else response.end(JSON.stringify((await started()).handle));
    } catch (error) {
      response.statusCode = 503;
      response.end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  process.env.HEADGATE_TEST_STACK_BROKER = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  return async () => {
    broker.closeAllConnections();
    broker.close();
    await (await shared?.catch(() => undefined))?.down();
  };
}
