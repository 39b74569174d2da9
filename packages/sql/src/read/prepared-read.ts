import { NotImplemented, parseFilter, type RecordFilter, type ServiceRequest } from '@headgate/core';
import type { Statement } from '../dialect/dialect.js';
import { Bindings } from '../plan/bindings.js';
import { identifierColumns, requireColumn, requireIdentifiers, selectColumns } from '../plan/columns.js';
import { planFilter } from '../plan/filter-plan.js';
import { planGroup } from '../plan/group.js';
import type { GroupClause, OrderTerm, Predicate, ReadPlan } from '../plan/nodes.js';
import { keyOrder, pageOrder, planOrder } from '../plan/order.js';
import { roleFilterPredicate } from '../plan/role-filter.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import type { ReadOptions } from './read-options.js';

/** A statement with the values of a call. */
export interface BoundStatement {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** A list of records by filter, ready to run. */
export interface PreparedList {
  readonly options: ReadOptions;
  readonly table: TableSchema;
  readonly columns: readonly ColumnSchema[];
  readonly output: 'text' | 'rows';
  readonly page: BoundStatement;
  readonly count: BoundStatement;
  /** The limit in effect, whatever was asked for. */
  readonly limit: number;
  /** Whether all of it may serve other calls with the same text. */
  readonly isReusable: boolean;
}

/** One record by its identifier; the values of the identifier take the first places of `values`. */
export interface PreparedRecord {
  readonly table: TableSchema;
  readonly columns: readonly ColumnSchema[];
  readonly identifiers: readonly ColumnSchema[];
  readonly output: 'text' | 'rows';
  readonly options: ReadOptions;
  readonly statement: Statement;
  /** What follows the identifier: values of the role's filter, limit and offset. */
  readonly rest: readonly unknown[];
  readonly isReusable: boolean;
}

export function prepareList(context: TableContext, request: ServiceRequest, table: TableSchema, options: ReadOptions): PreparedList {
  const bindings = bindingsOf(context, request, options);
  const terms: Predicate[] = [];
  if (options.filter !== undefined) terms.push(planFilter(parseFilter(options.filter), table, bindings));
  const role = roleFilterOf(request, table);
  if (role) terms.push(roleFilterPredicate(table, role, bindings));
  const where = conjunction(terms);
  const conditionValues = [...bindings.values];

  const group = groupOf(context, table, options);
  const columns = group?.keys ?? columnsOf(table, options);
  const limit = options.limit ?? context.maxRecords;
  const paging = { limit: bindings.place(limit), offset: bindings.place(options.offset) };
  const output = options.asList ? 'rows' : outputOf(context);
  const plan: ReadPlan = {
    kind: 'read',
    table,
    columns,
    where,
    ...(group && { group }),
    order: orderOf(context, table, options, group),
    paging,
    style: options.style,
    output,
    slots: bindings.values.length,
  };
  return {
    options,
    table,
    columns,
    output,
    page: { statement: context.statements.of(plan), values: bindings.values },
    count: {
      statement: context.statements.of({
        kind: 'count',
        table,
        where,
        ...(group && { groupKeys: group.keys }),
        slots: conditionValues.length,
      }),
      values: conditionValues,
    },
    limit,
    isReusable: !bindings.dependsOnCall,
  };
}

export function prepareRecord(context: TableContext, request: ServiceRequest, table: TableSchema, options: ReadOptions): PreparedRecord {
  const identifiers = requireIdentifiers(table, options.idField);
  const bindings = bindingsOf(context, request, options);
  const terms: Predicate[] = identifiers.map((column) => ({
    kind: 'compare',
    column,
    operator: '=',
    slot: bindings.raw(column, undefined),
  }));
  const role = roleFilterOf(request, table);
  if (role) terms.push(roleFilterPredicate(table, role, bindings));
  const isKey = identifiers === table.primaryKey;
  const plan: ReadPlan = {
    kind: 'read',
    table,
    columns: selectColumns(table, options.fields, identifiers),
    where: conjunction(terms),
    // Other fields may find several records, of which the first is answered.
    order: isKey ? [] : keyOrder(table),
    paging: isKey ? undefined : { limit: bindings.place(1), offset: bindings.place(0) },
    style: options.style,
    output: outputOf(context),
    slots: bindings.values.length,
  };
  return {
    table,
    columns: plan.columns,
    identifiers,
    output: plan.output,
    options,
    statement: context.statements.of(plan),
    rest: bindings.values.slice(identifiers.length),
    isReusable: !bindings.dependsOnCall,
  };
}

/** The bindings of a call: the caller's public lookups and the call's parameters. */
export function bindingsOf(context: TableContext, request: ServiceRequest, options: Pick<ReadOptions, 'params'>): Bindings {
  return new Bindings(context.dialect, {
    lookups: request.caller.lookups,
    lookupModifiers: context.settings.lookupModifiers,
    params: options.params,
  });
}

/** The record filter of the caller's role for reading a table. */
export function roleFilterOf(request: ServiceRequest, table: TableSchema): RecordFilter | undefined {
  return request.access.recordFilter(table.apiName, 'GET', request.requestor);
}

export function conjunction(terms: readonly Predicate[]): Predicate | undefined {
  return terms.length > 1 ? { kind: 'and', terms } : terms[0];
}

/** Where the database writes the JSON itself, nobody has to look at the rows. */
export function outputOf(context: TableContext): 'text' | 'rows' {
  return context.dialect.capabilities.jsonText ? 'text' : 'rows';
}

/** Throws `NotImplemented` where the answer would lack the groups. */
function groupOf(context: TableContext, table: TableSchema, options: ReadOptions): GroupClause | undefined {
  if (options.group === undefined) return undefined;
  if (context.dialect.capabilities.grouping !== true) {
    throw NotImplemented("The parameter 'group' is not implemented for this database in this version.");
  }
  if (options.asList) throw NotImplemented("The parameters 'group' and 'as_list' together are not implemented in this version.");
  return planGroup(table, options.group, options.fields);
}

function columnsOf(table: TableSchema, options: ReadOptions): readonly ColumnSchema[] {
  if (options.asList) return listColumns(table, options.idField);
  return selectColumns(table, options.fields, identifierColumns(table, options.idField));
}

function orderOf(context: TableContext, table: TableSchema, options: ReadOptions, group: GroupClause | undefined): readonly OrderTerm[] {
  const { nullsOrdering } = context.dialect.capabilities;
  // Groups have no key to tell their rows apart by.
  const sort = group ? planOrder : pageOrder;
  const terms = options.order === undefined ? [] : sort(options.order, table, nullsOrdering);
  if (terms.length > 0) return terms;
  return group ? group.keys.map((column) => ({ column, direction: 'asc', nulls: undefined })) : keyOrder(table);
}

/** What `as_list` lists: `id_field`, else the field called `name`, else the primary key. */
function listColumns(table: TableSchema, idField: readonly string[] | undefined): readonly ColumnSchema[] {
  if (idField !== undefined && idField.length > 0) return idField.map((name) => requireColumn(table, name));
  const named = table.column('name');
  return named && !named.isVirtual ? [named] : table.primaryKey;
}
