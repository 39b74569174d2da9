import { type BodyRecords, isJsonObject, type RequestOptions } from '@headgate/core';

/** The names that a call on a list gives: by `ids`, or by records of the body that are names or have one; undefined where it gives none. */
export function namedIn(options: RequestOptions, body: BodyRecords): readonly string[] | undefined {
  const ids = options.list('ids');
  if (ids !== undefined && ids.length > 0) return ids;
  if (body.form !== 'list' && body.form !== 'wrapped') return undefined;
  const names = body.records.flatMap((record) => {
    const name = isJsonObject(record) ? record.name : record;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
  return names.length === 0 ? undefined : names;
}
