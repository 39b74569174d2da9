import type { JsonValue } from '@headgate/core';
import { MalformedBody } from '@headgate/core';
import { CsvError, parse } from 'csv-parse';
import { pause } from './pause.js';

/** A row costs the parser more than its bytes tell, so that slices are smaller than for the other formats. */
const SLICE = 8 * 1024;
/** No table has more. */
const MAX_COLUMNS = 10_000;

class TooWide extends Error {}

/** Reads a CSV body (rest-core.md 2.4): the first row names the fields, every value is a text. */
export async function readCsv(bytes: Buffer): Promise<JsonValue> {
  const parser = parse({ bom: true, skip_empty_lines: true });
  let header: readonly string[] | undefined;
  const records: JsonValue[] = [];
  parser.on('data', (row: readonly string[]) => {
    if (header !== undefined) records.push(toRecord(header, row));
    else if (row.length <= MAX_COLUMNS) header = row;
    else parser.destroy(new TooWide());
  });
  const finished = new Promise<void>((resolve, reject) => {
    parser.on('end', resolve);
    parser.on('error', reject);
  });
  // A failure may come while the loop below pauses: it is thrown after it.
  finished.catch(() => {});
  for (let start = 0; start < bytes.length && !parser.destroyed; start += SLICE) {
    if (start > 0) await pause();
    if (!parser.destroyed) parser.write(bytes.subarray(start, start + SLICE));
  }
  if (!parser.destroyed) parser.end();
  try {
    await finished;
  } catch (error) {
    throw MalformedBody('CSV', problemOf(error));
  }
  return records;
}

function toRecord(header: readonly string[], row: readonly string[]): JsonValue {
  const record: Record<string, JsonValue> = {};
  for (let index = 0; index < header.length; index++) if (header[index] !== '__proto__') record[header[index]!] = row[index]!;
  return record;
}

function problemOf(error: unknown): string {
  if (error instanceof TooWide) return `The header has more than ${MAX_COLUMNS} names.`;
  if (!(error instanceof CsvError)) return 'It cannot be parsed.';
  const line = typeof error.lines === 'number' ? ` at line ${error.lines}` : '';
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
    case 'CSV_RECORD_INCONSISTENT_COLUMNS':
      return `A row has more or fewer values than the header has names${line}.`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return `A quote is not closed${line}.`;
    default:
      return `A quote stands in the wrong place${line}.`;
  }
}
