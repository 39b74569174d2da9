import type { OnReadOpts, Socket } from 'node:net';

const SIZE = 64 * 1024;

/**
 * Reads a socket into one buffer that is used again for every read, where Node would make a new one each time. Until `deliverTo` is
 * called, what arrives is a `data` event with bytes of its own, as from any socket.
 */
export class SocketReader {
  readonly #buffer = Buffer.allocUnsafeSlow(SIZE);
  #socket: Socket | undefined;
  #take: ((bytes: Buffer) => void) | undefined;

  /** For the options that the socket is made with. */
  get onread(): OnReadOpts {
    return { buffer: this.#buffer, callback: (length) => this.#read(length) };
  }

  /** To be called as soon as there is a socket. */
  attach(socket: Socket): void {
    this.#socket = socket;
  }

  /** `take` gets the bytes from now on; they are overwritten when it returns. */
  deliverTo(take: (bytes: Buffer) => void): void {
    this.#take = take;
  }

  #read(length: number): boolean {
    const bytes = this.#buffer.subarray(0, length);
    if (this.#take !== undefined) this.#take(bytes);
    else this.#socket?.emit('data', Buffer.from(bytes));
    return true;
  }
}
