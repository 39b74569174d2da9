/** What to tell whoever may see it when a container is sent to itself. */
export const LOOPBACK_OF_CONTAINER =
  'Inside a container, localhost and loopback addresses are the container itself: use host.docker.internal for the machine that it runs on.';

/** Nothing listens at a loopback address, and this process runs in a container: most likely another machine was meant. */
export class RefusedInContainer extends Error {
  readonly code = 'ECONNREFUSED';

  constructor(cause: Error) {
    super(`${cause.message}. ${LOOPBACK_OF_CONTAINER}`, { cause });
    this.name = 'RefusedInContainer';
  }
}
