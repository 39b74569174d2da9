import { FieldsForbidden, type JsonValue } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import type { RecordKey } from './record-key.js';
import type { PreparedRecord } from './record-preparation.js';
import type { WriteCall } from './write-call.js';

/**
 * Makes the same changes in all visible rows with these keys, and returns the rows (`keyedFields`) as they are then. No changes: reads them.
 * Throws `FieldsForbidden` when a row lies outside the role's filter afterwards, whatever moved it there; the caller undoes the statement.
 */
export async function changeRows(
  call: WriteCall,
  connection: Connection,
  keys: readonly RecordKey[],
  changes: PreparedRecord,
): Promise<readonly (readonly JsonValue[])[]> {
  if (changes.size === 0) return call.readKeyed(connection, keys);
  const where = call.visible(keys);
  if (!call.returning) {
    const { affected } = await call.rows.update(connection, changes, where, []);
    const stored = await call.readKeyed(connection, keys);
    if (call.role && stored.length < affected) throw FieldsForbidden();
    return stored;
  }
  const { rows, affected } = await call.rows.update(connection, changes, where, call.keyedFields);
  if (call.role && affected > 0 && (await call.rows.count(connection, where)) < affected) throw FieldsForbidden();
  return rows;
}
