import type { JsonObject } from '@headgate/core';
import pg from 'pg';

/** A client of the driver itself, to prepare what a service then finds. */
export async function connectedClient(config: JsonObject): Promise<pg.Client> {
  const { host, port, database, username, password } = config as Record<string, string | number>;
  const client = new pg.Client({
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
  });
  await client.connect();
  return client;
}
