import { BadOrder, BadOrderField, nearest } from '@headgate/core';
import type { TableSchema } from '../schema/table-schema.js';
import type { OrderTerm } from './nodes.js';

const TERM = /^(.*?)(?:\s+(asc|desc)(?:\s+nulls\s+(first|last))?)?$/is;

/**
 * An `order` clause as terms (database-services.md 4.7). A word that is no direction is ignored, as the original does.
 * Throws `BadOrder`, `BadOrderField`.
 */
export function planOrder(text: string, table: TableSchema, nullsOrdering: boolean): OrderTerm[] {
  if (text.includes(';')) throw BadOrder();
  const terms = new Map<string, OrderTerm>();
  for (const part of text.split(',')) {
    const written = part.trim().replace(/\s+/g, ' ');
    if (written === '') continue;
    const { name, direction, nulls } = readTerm(written, table);
    const column = table.column(name);
    if (!column || column.isVirtual) {
      const known = nearest(
        name,
        table.columns.map((candidate) => candidate.apiName),
      );
      throw BadOrderField(name.slice(0, 100)).withHint(known === undefined ? undefined : `Did you mean '${known}'?`);
    }
    if (nulls !== undefined && !nullsOrdering) throw BadOrder().withHint('This database does not order nulls first or last.');
    // What is sorted by once already sorts no more.
    if (!terms.has(column.name)) terms.set(column.name, { column, direction, nulls });
  }
  return [...terms.values()];
}

function readTerm(written: string, table: TableSchema): { name: string; direction: 'asc' | 'desc'; nulls: 'first' | 'last' | undefined } {
  if (table.column(unquoted(written))) return { name: unquoted(written), direction: 'asc', nulls: undefined };
  const found = TERM.exec(written);
  const name = unquoted(found?.[1] ?? written);
  if (found?.[2] !== undefined) {
    return { name, direction: found[2].toLowerCase() as 'asc' | 'desc', nulls: found[3]?.toLowerCase() as 'first' | 'last' | undefined };
  }
  const blank = written.indexOf(' ');
  return { name: blank === -1 ? name : unquoted(written.slice(0, blank)), direction: 'asc', nulls: undefined };
}

function unquoted(name: string): string {
  return /^(?:"[^"]*"|`[^`]*`|\[[^\]]*\])$/.test(name) ? name.slice(1, -1) : name;
}

/** The order of a call made total by the primary key, so that pages neither repeat nor skip records of equal values. */
export function pageOrder(text: string, table: TableSchema, nullsOrdering: boolean): OrderTerm[] {
  const terms = planOrder(text, table, nullsOrdering);
  const missing = keyOrder(table).filter(({ column }) => !terms.some((term) => term.column === column));
  return [...terms, ...missing];
}

/** What paging sorts by where the call says nothing: the primary key. */
export function keyOrder(table: TableSchema): OrderTerm[] {
  return table.primaryKey.map((column) => ({ column, direction: 'asc', nulls: undefined }));
}
