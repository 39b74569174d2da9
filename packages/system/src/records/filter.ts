import type { CompareOperator, FilterLimits, FilterNode, IntervalOffset, JsonValue, MatchKind, Operand } from '@headgate/core';
import {
  BadFilter,
  BadFilterField,
  BadFilterValue,
  FilterNotText,
  FilterTooLarge,
  parseFilter,
  readBoolean,
  replaceLookups,
} from '@headgate/core';
import type { Condition } from '@headgate/system-db';
import type { RecordField } from './field.js';
import { isSearchable, storedTime } from './field.js';
import type { RecordCall } from './record-shape.js';
import { nearestHint } from './selection.js';

/** The `filter` of a call as a condition over the fields of a record, every value bound (system-service.md 1.3). */
export function readFilter(call: RecordCall, fields: readonly RecordField[]): Condition | undefined {
  const text = call.options.raw('filter');
  if (text === undefined || text === null || text === '') return undefined;
  if (typeof text !== 'string') throw FilterNotText();
  if (text.trim() === '') return undefined;
  return new FilterReader(call, fields.filter(isSearchable)).condition(parseFilter(text, LIMITS));
}

/** SQLite takes no expression deeper than 1000, and as the system database it works in this very process. */
const LIMITS: FilterLimits = Object.freeze({ length: 64 * 1024, depth: 200, comparisons: 500, values: 5_000 });
/** Characters: comparing with a pattern takes time in proportion to its length and to the text's. */
const LONGEST_PATTERN = 255;

type Value = string | number | boolean;

class FilterReader {
  readonly #call: RecordCall;
  readonly #fields: readonly RecordField[];
  readonly #parameters: Readonly<Record<string, JsonValue | undefined>>;

  constructor(call: RecordCall, fields: readonly RecordField[]) {
    this.#call = call;
    this.#fields = fields;
    this.#parameters = readParams(call);
  }

  condition(node: FilterNode): Condition {
    switch (node.kind) {
      case 'and':
      case 'or':
      case 'xor':
        return { kind: node.kind, terms: node.terms.map((term) => this.condition(term)) };
      case 'not':
        return { kind: 'not', term: this.condition(node.term) };
      case 'null':
        return { kind: 'null', column: this.#field(node.column.name).name, negated: node.negated };
      case 'in':
        return this.#list(this.#field(node.column.name), node.values, node.negated);
      case 'between':
        return this.#between(this.#field(node.column.name), node.low, node.high, node.negated);
      case 'match':
        return this.#match(this.#field(node.column.name), node.match, node.value, node.negated);
      case 'compare':
        return this.#compare(this.#field(node.column.name), node.operator, node.value);
    }
  }

  #field(name: string): RecordField {
    const field = this.#fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw BadFilterField(name).withHint(nearestHint(name, this.#fields));
    return field;
  }

  #compare(field: RecordField, operator: CompareOperator, operand: Operand): Condition {
    const value = this.#value(field, operand);
    if (value === null) return { kind: 'null', column: field.name, negated: operator === '!=' };
    return { kind: 'compare', column: field.name, operator, value };
  }

  #list(field: RecordField, operands: readonly Operand[], negated: boolean): Condition {
    // The admin app asks for the types of an empty group with `type in ("")`, and numbers alike: an empty text is in no number column.
    const values = operands.flatMap((operand) => {
      if (field.type !== 'text' && operand.kind === 'text' && operand.text === '') return [];
      const value = this.#value(field, operand);
      return value === null ? [] : [value];
    });
    return { kind: 'in', column: field.name, values, negated };
  }

  #between(field: RecordField, low: Operand, high: Operand, negated: boolean): Condition {
    const [from, to] = [this.#value(field, low), this.#value(field, high)];
    if (from === null || to === null || typeof from === 'boolean' || typeof to === 'boolean')
      throw BadFilterValue(field.name, typeName(field));
    return { kind: 'between', column: field.name, low: from, high: to, negated };
  }

  #match(field: RecordField, match: MatchKind, operand: Operand, negated: boolean): Condition {
    refuseEnclosed(operand);
    const text = String(this.#plain(operand) ?? '');
    if (text.length > LONGEST_PATTERN) throw FilterTooLarge(`at most ${LONGEST_PATTERN} characters are allowed in a pattern`);
    const pattern = { like: text, contains: `%${literal(text)}%`, starts: `${literal(text)}%`, ends: `%${literal(text)}` }[match];
    return { kind: 'like', column: field.name, pattern, negated };
  }

  /** The value of an operand in the type of its field; null for SQL's null. */
  #value(field: RecordField, operand: Operand): Value | null {
    const plain = this.#plain(operand);
    if (plain === null) return null;
    switch (field.type) {
      case 'integer':
        if (!/^[+-]?\d{1,15}$/.test(String(plain).trim())) throw BadFilterValue(field.name, 'integer');
        return Number(plain);
      case 'boolean': {
        const flag = readBoolean(plain);
        if (flag === undefined) throw BadFilterValue(field.name, 'boolean');
        return flag;
      }
      case 'stamp':
      case 'time':
        return timeText(field, String(plain));
      default:
        refuseEnclosed(operand);
        return String(plain);
    }
  }

  #plain(operand: Operand): Value | null {
    switch (operand.kind) {
      case 'value':
        return operand.value;
      case 'now':
        return nowText(operand.unit, operand.offset);
      case 'parameter':
        return this.#parameter(operand.name);
      case 'text':
        if (!operand.quoted && operand.text.toLowerCase() === 'null') return null;
        return this.#replaced(operand.text);
    }
  }

  #replaced(text: string): string {
    return replaceLookups(text, this.#call.caller.lookups, { modifiers: this.#call.lookupModifiers });
  }

  #parameter(name: string): Value | null {
    const bare = name.replace(/^:/, '');
    const value = this.#parameters[bare] ?? this.#parameters[`:${bare}`];
    if (value === undefined) return `:${bare}`;
    if (typeof value === 'string') return this.#replaced(value);
    return typeof value === 'object' ? null : value;
  }
}

/** What stands in parentheses and is no literal was SQL to the original: `(SELECT 1)`, `(last_name)`. */
function refuseEnclosed(operand: Operand): void {
  if (operand.kind !== 'text' || !operand.enclosed) return;
  throw BadFilter().withHint(`Position ${operand.at + 1}: expected a value. Quote the text to compare with it.`);
}

/** `params`: an object in the body, JSON text or `params[:name]=` in the query. */
function readParams(call: RecordCall): Readonly<Record<string, JsonValue | undefined>> {
  const raw = call.options.raw('params');
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Readonly<Record<string, JsonValue | undefined>>;
  if (typeof raw === 'string') {
    try {
      const parsed: unknown = JSON.parse(raw);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
        return parsed as Readonly<Record<string, JsonValue | undefined>>;
    } catch {
      // Not JSON: the bracketed form may still be there.
    }
  }
  return call.request.parameters.map('params') ?? {};
}

const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');

const typeName = (field: RecordField) => (field.type === 'stamp' || field.type === 'time' ? 'date and time' : field.type);

/** A time as stored. What is shorter than a time is compared as the text it is: `created_date >= '2026-01'` works by its digits. */
function timeText(field: RecordField, text: string): string {
  const trimmed = text.trim();
  if (!/^\d{4}(-\d\d?(-\d\d?([T ].*)?)?)?$/.test(trimmed)) throw BadFilterValue(field.name, 'date and time');
  if (!/[T ]/.test(trimmed)) return trimmed;
  const moment = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(trimmed) ? trimmed : `${trimmed.replace(' ', 'T')}Z`);
  if (Number.isNaN(moment.getTime())) throw BadFilterValue(field.name, 'date and time');
  return storedTime(moment);
}

function nowText(unit: 'timestamp' | 'date' | 'time', offset: IntervalOffset | undefined): string {
  const text = storedTime(shifted(new Date(), offset));
  return unit === 'timestamp' ? text : unit === 'date' ? text.slice(0, 10) : text.slice(11);
}

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86400, week: 604800 } as const;

function shifted(moment: Date, offset: IntervalOffset | undefined): Date {
  if (offset === undefined) return moment;
  const count = offset.sign * offset.count;
  if (offset.unit !== 'month' && offset.unit !== 'year') return new Date(moment.getTime() + count * SECONDS[offset.unit] * 1000);
  const shiftedDate = new Date(moment);
  shiftedDate.setUTCMonth(shiftedDate.getUTCMonth() + count * (offset.unit === 'year' ? 12 : 1));
  return shiftedDate;
}
