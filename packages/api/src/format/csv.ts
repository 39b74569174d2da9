import type { JsonObject, JsonValue } from '@headgate/core';
import { isExactNumber, isJsonObject } from '@headgate/core';
import { stringify } from 'csv-stringify/sync';
import { pause } from '../body/pause.js';
import { ROWS_AT_ONCE } from './document.js';

/**
 * Writes a value as CSV (rest-core.md 2.7): the records in the wrapper, else the error, else the value as the only row. The first
 * row's members name the columns; a list of plain values is one column. Values are what they are: a text that a spreadsheet would
 * take for a formula is not altered.
 */
export async function toCsv(value: JsonValue, wrapper: string): Promise<string> {
  const rows = rowsOf(value, wrapper);
  if (rows.length === 0) return '';
  const first = rows[0]!;
  const columns = isJsonObject(first) ? Object.keys(first) : undefined;
  const parts = [stringify([columns ?? [wrapper]])];
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    if (start > 0) await pause();
    parts.push(stringify(rows.slice(start, start + ROWS_AT_ONCE).map((row) => cellsOf(row, columns))));
  }
  return parts.join('');
}

function rowsOf(value: JsonValue, wrapper: string): readonly JsonValue[] {
  if (!isJsonObject(value)) return [value];
  const { [wrapper]: records, error } = value;
  if (Array.isArray(records)) return records;
  if (isJsonObject(records)) return [records];
  return [isJsonObject(error) ? error : value];
}

function cellsOf(row: JsonValue, columns: readonly string[] | undefined): string[] {
  if (columns === undefined) return [cellOf(row)];
  const members: JsonObject = isJsonObject(row) ? row : {};
  return columns.map((column) => cellOf(members[column]));
}

function cellOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined || value === false) return '';
  if (value === true) return '1';
  if (typeof value !== 'object') return String(value);
  return isExactNumber(value) ? value.rawJSON : JSON.stringify(value);
}
