import process from 'node:process';

/**
 * Resolves on SIGINT (Ctrl-C) or SIGTERM. A second signal ends the process at once: whoever asks twice does not want to wait.
 */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = () => {
      process.on('SIGINT', end);
      process.on('SIGTERM', end);
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    const end = () => process.exit(1);
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
