import { connect, createServer, type Socket } from 'node:net';

/**
 * Stands between Headgate and PostgreSQL and keeps the text of every statement that goes by, simple or prepared. Values travel in
 * messages of their own, so that whatever is found in a text was pasted into it.
 */
export interface StatementTap {
  /** The address of the database by way of the tap. */
  readonly url: string;
  /** The texts since the last `clear`. */
  readonly statements: readonly string[];
  clear(): void;
  close(): Promise<void>;
}

const PARSE = 0x50;
const QUERY = 0x51;
const PROTOCOL_3 = 196_608;

export async function tapStatements(database: string): Promise<StatementTap> {
  const target = new URL(database);
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    const reader = new MessageReader((text) => statements.push(text));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => reader.read(chunk));
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the tap does not listen');
  const url = new URL(database);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    statements,
    clear() {
      statements.length = 0;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Cuts what a client of PostgreSQL sends into messages. Those before the start-up message have no type. */
class MessageReader {
  readonly #onStatement: (text: string) => void;
  #rest: Buffer = Buffer.alloc(0);
  #started = false;

  constructor(onStatement: (text: string) => void) {
    this.#onStatement = onStatement;
  }

  read(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#started ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const end = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < end) return;
      const message = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      if (this.#started) this.#readTyped(message);
      else if (message.readInt32BE(4) === PROTOCOL_3) this.#started = true;
    }
  }

  #readTyped(message: Buffer): void {
    if (message[0] === QUERY) this.#onStatement(message.toString('utf8', 5, message.length - 1));
    if (message[0] !== PARSE) return;
    const nameEnd = message.indexOf(0, 5);
    this.#onStatement(message.toString('utf8', nameEnd + 1, message.indexOf(0, nameEnd + 1)));
  }
}
