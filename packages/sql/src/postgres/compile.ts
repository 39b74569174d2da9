import type { Statement } from '../dialect/dialect.js';
import { writeArithmetic } from '../dialect/write-arithmetic.js';
import type {
  Arithmetic,
  Assignment,
  CountPlan,
  DeletePlan,
  GroupOutput,
  InsertPlan,
  OrderTerm,
  Plan,
  Predicate,
  ReadPlan,
  Slot,
  TypeStyle,
  UpdatePlan,
  WriteValue,
} from '../plan/nodes.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';

/** SQL of PostgreSQL. The only place that quotes its identifiers; no value of a client is ever part of a text. */
export function compile(plan: Plan): Statement {
  const writer = new SqlWriter();
  const text = writer.statement(plan);
  const writesJson = plan.kind === 'read' && plan.output === 'text';
  return { text, positions: writer.positions, uses: 0, name: `hg_${(++statements).toString(36)}`, writesJson };
}

let statements = 0;

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function tableName({ schemaName, tableName: name }: TableSchema): string {
  return schemaName === null ? quote(name) : `${quote(schemaName)}.${quote(name)}`;
}

const columnList = (columns: readonly ColumnSchema[]) => columns.map((column) => quote(column.name)).join(', ');

class SqlWriter {
  readonly positions: number[] = [];

  statement(plan: Plan): string {
    switch (plan.kind) {
      case 'read':
        return plan.output === 'text' ? this.#readText(plan) : this.#readRows(plan);
      case 'count':
        return this.#count(plan);
      case 'insert':
        return this.#insert(plan);
      case 'update':
        return this.#update(plan);
      case 'delete':
        return this.#delete(plan);
    }
  }

  #count({ table, where, groupKeys }: CountPlan): string {
    const source = `FROM ${tableName(table)}${this.#where(where)}`;
    if (!groupKeys) return `SELECT count(*) ${source}`;
    return `SELECT count(*) FROM (SELECT 1 ${source} GROUP BY ${columnList(groupKeys)}) g`;
  }

  #readRows(plan: ReadPlan): string {
    const list = plan.columns.length === 0 ? 'NULL' : columnList(plan.columns);
    return `SELECT ${list}${this.#source(plan)}`;
  }

  /** One row: how many records, and their JSON. Aggregating texts keeps the answer free of the blanks that `json_agg` puts in. */
  #readText(plan: ReadPlan): string {
    const list = plan.group
      ? plan.group.outputs.map((output) => groupOutput(output, plan.style)).join(', ')
      : plan.columns.map((column) => `${jsonForm(column, plan.style)} AS ${quote(column.apiName)}`).join(', ');
    return `SELECT count(*), '[' || coalesce(string_agg(row_to_json(r)::text, ','), '') || ']' FROM (SELECT ${list}${this.#source(plan)}) r`;
  }

  #source({ table, where, group, order, paging }: ReadPlan): string {
    const condition = `${this.#where(where)}${group ? ` GROUP BY ${columnList(group.keys)}` : ''}`;
    const sorting = order.length === 0 ? '' : ` ORDER BY ${order.map(orderTerm).join(', ')}`;
    const page = paging ? ` LIMIT ${this.#place(paging.limit)} OFFSET ${this.#place(paging.offset)}` : '';
    return ` FROM ${tableName(table)}${condition}${sorting}${page}`;
  }

  #insert(plan: InsertPlan): string {
    const { table, columns, rows } = plan;
    let values: string;
    if (columns.length > 0) {
      const tuples = rows.map((row) => `(${row.map((value) => this.#value(value)).join(', ')})`);
      values = `(${columnList(columns)}) VALUES ${tuples.join(', ')}`;
    } else if (rows.length <= 1) values = 'DEFAULT VALUES';
    else values = `(${quote(table.columns[0]!.name)}) VALUES ${rows.map(() => '(DEFAULT)').join(', ')}`;
    return `INSERT INTO ${tableName(table)} ${values}${this.#conflict(plan)}${returning(plan.returning)}`;
  }

  #conflict({ table, onConflict }: InsertPlan): string {
    if (!onConflict) return '';
    const key = columnList(onConflict.key);
    if (onConflict.update.length === 0) return ` ON CONFLICT (${key}) DO NOTHING`;
    const condition = this.#where(onConflict.where, tableName(table));
    return ` ON CONFLICT (${key}) DO UPDATE SET ${this.#assignments(onConflict.update)}${condition}`;
  }

  #update({ table, set, where, returning: columns }: UpdatePlan): string {
    return `UPDATE ${tableName(table)} SET ${this.#assignments(set)}${this.#where(where)}${returning(columns)}`;
  }

  #delete({ table, where, returning: columns }: DeletePlan): string {
    return `DELETE FROM ${tableName(table)}${this.#where(where)}${returning(columns)}`;
  }

  #assignments(set: readonly Assignment[]): string {
    return set.map(({ column, value }) => `${quote(column.name)} = ${this.#value(value)}`).join(', ');
  }

  #value(value: WriteValue): string {
    if (value.kind === 'slot') return this.#slot(value.slot);
    if (value.kind === 'arithmetic') return this.#arithmetic(value.expression);
    return value.kind === 'default' ? 'DEFAULT' : 'now()';
  }

  #arithmetic(expression: Arithmetic): string {
    let text = '';
    writeArithmetic(expression, {
      add: (part) => {
        text += part;
      },
      column: (column) => {
        text += quote(column.name);
      },
      number: (slot) => {
        text += `CAST(${this.#slot(slot)} AS numeric)`;
      },
    });
    return text;
  }

  #where(where: Predicate | undefined, qualifier?: string): string {
    return where === undefined ? '' : ` WHERE ${this.#predicate(where, qualifier)}`;
  }

  #predicate(predicate: Predicate, qualifier?: string): string {
    const name = (column: ColumnSchema) => (qualifier === undefined ? quote(column.name) : `${qualifier}.${quote(column.name)}`);
    switch (predicate.kind) {
      case 'compare':
        return `${comparable(predicate.column, name)} ${operatorText(predicate.operator)} ${this.#slot(predicate.slot)}`;
      case 'compareNow':
        return `${name(predicate.column)} ${operatorText(predicate.operator)} ${currentTime(predicate)}`;
      case 'match': {
        const column = predicate.column.kind === 'text' ? name(predicate.column) : `${name(predicate.column)}::text`;
        return `${column} ${predicate.negated ? 'NOT LIKE' : 'LIKE'} ${this.#slot(predicate.slot)}`;
      }
      case 'in': {
        const column = comparable(predicate.column, name);
        return `${column} ${predicate.negated ? '<> ALL' : '= ANY'} (${this.#slot(predicate.slot)})`;
      }
      case 'between': {
        const column = comparable(predicate.column, name);
        return `${column} ${predicate.negated ? 'NOT BETWEEN' : 'BETWEEN'} ${this.#slot(predicate.low)} AND ${this.#slot(predicate.high)}`;
      }
      case 'null':
        return `${name(predicate.column)} IS ${predicate.negated ? 'NOT ' : ''}NULL`;
      case 'keys': {
        const tuples = predicate.slots.map((slots) => `(${slots.map((slot) => this.#slot(slot)).join(', ')})`);
        return `(${predicate.columns.map(name).join(', ')}) IN (${tuples.join(', ')})`;
      }
      case 'and':
      case 'or':
        return predicate.terms.map((term) => `(${this.#predicate(term, qualifier)})`).join(predicate.kind === 'and' ? ' AND ' : ' OR ');
      case 'xor':
        return predicate.terms.map((term) => `(${this.#predicate(term, qualifier)})`).reduce((left, right) => `(${left} <> ${right})`);
      case 'not':
        return `NOT (${this.#predicate(predicate.term, qualifier)})`;
      case 'constant':
        return predicate.value ? 'true' : 'false';
    }
  }

  #slot(slot: Slot): string {
    return this.#place(slot.index);
  }

  #place(index: number): string {
    this.positions.push(index);
    return `$${this.positions.length}`;
  }
}

const returning = (columns: readonly ColumnSchema[]) => (columns.length === 0 ? '' : ` RETURNING ${columnList(columns)}`);

const operatorText = (operator: string) => (operator === '!=' ? '<>' : operator);

/** `json` (unlike `jsonb`) has no operators of its own: its text is compared. */
function comparable(column: ColumnSchema, name: (column: ColumnSchema) => string): string {
  return column.baseType === 'json' || column.baseType === 'xml' ? `${name(column)}::text` : name(column);
}

function orderTerm({ column, direction, nulls }: OrderTerm): string {
  const name = column.baseType === 'json' || column.baseType === 'xml' ? `${quote(column.name)}::text` : quote(column.name);
  return `${name}${direction === 'desc' ? ' DESC' : ''}${nulls === undefined ? '' : ` NULLS ${nulls.toUpperCase()}`}`;
}

function currentTime({ column, unit, offset }: Extract<Predicate, { kind: 'compareNow' }>): string {
  // An interval moves a time of day or a timestamp; the comparison brings both sides to one type.
  const base =
    column.kind === 'time' ? 'localtime' : column.kind === 'timetz' ? 'current_time' : unit === 'date' ? 'current_date' : 'now()';
  if (!offset) return base;
  return `${base} ${offset.sign === 1 ? '+' : '-'} interval '${Math.trunc(offset.count)} ${offset.unit}'`;
}

/** A column as `row_to_json` must get it, so that the contract's form comes out (database-services.md 9.1). */
function jsonForm(column: ColumnSchema, style: TypeStyle): string {
  const name = quote(column.name);
  switch (column.kind) {
    case 'integer':
    case 'float':
    case 'boolean':
    case 'text':
    case 'date':
    case 'time':
    case 'timetz':
    case 'uuid':
      return name;
    case 'bigint':
    case 'decimal':
      return style === 'native' ? `${name}::text` : name;
    case 'binary':
      return `translate(encode(${name}, 'base64'), E'\\n', '')`;
    case 'json':
      return style === 'native' ? name : `${name}::text`;
    case 'array':
      return style === 'native' ? nativeArray(column, name) : `${name}::text`;
    case 'timestamp':
    case 'timestamptz':
      return style === 'native' ? name : `${name}::text`;
    default:
      // As a text an address gets a mask that its own output leaves out.
      return column.baseType === 'inet' ? name : `${name}::text`;
  }
}

/** As the original answers aggregates: integers as numbers, everything else as PostgreSQL's text. */
function groupOutput(output: GroupOutput, style: TypeStyle): string {
  if (output.kind === 'key') return `${jsonForm(output.column, style)} AS ${quote(output.column.apiName)}`;
  const { aggregate, column, name } = output;
  const call = `${aggregate}(${column ? quote(column.name) : '*'})`;
  const kind = column?.kind;
  const isInteger =
    aggregate === 'count' ||
    (kind === 'integer' && aggregate !== 'avg') ||
    (kind === 'bigint' && (aggregate === 'min' || aggregate === 'max'));
  return `${isInteger ? call : `${call}::text`} AS ${quote(name.toLowerCase())}`;
}

/** Elements that a JavaScript number cannot hold stay texts. */
function nativeArray(column: ColumnSchema, name: string): string {
  return column.baseType === '_int8' || column.baseType === '_numeric' ? `${name}::text[]` : name;
}
