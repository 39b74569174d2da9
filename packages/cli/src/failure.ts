/** A command could not do its work: the message goes to stderr, the exit code is 1. */
export class Failure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Failure';
  }
}
