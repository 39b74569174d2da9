const COLUMNS = 'id,code,first_name,last_name,email,city,country,loyalty_points,is_active,notes';

/** The tables that calls are about, beside what `data.sql` makes. */
export const VISITS = 'CREATE TABLE load_visit (id bigserial PRIMARY KEY, customer integer NOT NULL, page text NOT NULL);';

export interface CallsOptions {
  readonly service: string;
  readonly key: string;
  readonly mix: string;
}

/**
 * The n-th request, as text. Half of the calls read one record, four of ten a page of 20 in XML, which the worker writes itself, one of ten
 * creates a record; with the mix `record` all read one record. The worker has to be what there is too little of: in JSON it is the database that writes pages.
 */
export function requests({ service, key, mix }: CallsOptions): (position: number) => string {
  const head = `Host: 127.0.0.1\r\nX-DreamFactory-API-Key: ${key}\r\n`;
  const address = `/api/v2/${service}/_table`;
  const get = (target: string, accept: string) => `GET ${address}/${target} HTTP/1.1\r\n${head}Accept: ${accept}\r\n\r\n`;
  return (position) => {
    const kind = mix === 'record' ? 0 : position % 10;
    if (kind === 9) {
      const body = `{"resource":[{"customer":${position % 100_000},"page":"/p/${position}"}]}`;
      return `POST ${address}/load_visit HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    }
    if (kind < 5) return get(`load_customer/${1 + ((position * 7919) % 100_000)}?fields=${COLUMNS}`, 'application/json');
    const filter = encodeURIComponent(`loyalty_points >= ${1000 + (position % 500)}`);
    return get(`load_customer?fields=${COLUMNS}&filter=${filter}&order=last_name,id&limit=20`, 'application/xml');
  };
}
