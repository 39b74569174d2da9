import { shellQuote } from './shell-quote.js';

export interface CurlTarget {
  /** `http://localhost:8080` */
  readonly address: string;
  readonly prefix: string;
  readonly service: string;
  /** Without one the line lists the tables. */
  readonly table?: string | undefined;
  readonly key: string;
}

/** A line for the shell that reads one record of a table. */
export function curlRecord({ address, prefix, service, table, key }: CurlTarget): string {
  const path = table === undefined ? '_table' : `_table/${encodeURIComponent(table)}?limit=1`;
  return `curl -H ${shellQuote(`X-DreamFactory-API-Key: ${key}`)} ${shellQuote(`${address}/${prefix}/v2/${service}/${path}`)}`;
}
