import { isJsonObject, type JsonObject, type JsonValue } from '@headgate/core';
import type { Answer, WriteClient } from './write-client.js';

/** What the suites of writing share: a client over the tables of `tables.ts`, empty at the start of each test. */
export class WriteTools {
  #client: WriteClient | undefined;

  get client(): WriteClient {
    if (this.#client === undefined) throw new Error('the client is not open yet');
    return this.#client;
  }

  use(client: WriteClient): void {
    this.#client = client;
  }

  readonly product = (sku: string, more: JsonObject = {}): JsonObject => ({ sku, name: `Thing ${sku}`, price: 12.5, ...more });

  readonly create = async (...records: JsonObject[]) => idsOf(await this.client.call('POST', 'product', { body: { resource: records } }));

  readonly skus = () => this.client.rows('SELECT sku FROM product ORDER BY id');
}

export function idsOf(answer: Answer): readonly (JsonValue | undefined)[] {
  if (!Array.isArray(answer.body)) throw new Error(`not created: ${JSON.stringify(answer.body)}`);
  return answer.body.map((record: JsonValue) => (isJsonObject(record) ? record.id : undefined));
}
