import { ContinueAndRollback, parseFilter, type RequestOptions, type ServiceRequest } from '@headgate/core';
import { Bindings } from '../plan/bindings.js';
import { identifierColumns, selectColumns } from '../plan/columns.js';
import { planFilter } from '../plan/filter-plan.js';
import { keyOrder, pageOrder } from '../plan/order.js';
import { roleFilterPredicate } from '../plan/role-filter.js';
import { checkParameters } from '../read/known-parameters.js';
import { type ReadOptions, readOptions } from '../read/read-options.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import type { Selection } from './by-filter.js';
import { RoleScope } from './role-scope.js';
import { type Condition, RowAccess } from './row-access.js';
import { WriteCall } from './write-call.js';

/** Reads what every write has in common: identifiers, answered fields, batch mode, the role's filter. */
export function readWriteCall(context: TableContext, request: ServiceRequest, table: TableSchema, sent: RequestOptions): WriteCall {
  const { dialect, settings } = context;
  checkParameters(request, context);
  const options = readOptions(sent, request, context.maxRecords, context.config.types);
  if (sent.flag('continue') && sent.flag('rollback')) throw ContinueAndRollback();
  const identifiers = identifierColumns(table, options.idField);
  const sources = { lookups: request.caller.lookups, lookupModifiers: settings.lookupModifiers, params: options.params };
  const bindings = () => new Bindings(dialect, sources);
  const filter = request.access.recordFilter(table.apiName, request.verb, request.requestor);
  return new WriteCall({
    context,
    request,
    options,
    ids: sent.raw('ids'),
    force: sent.flag('force'),
    table,
    identifiers,
    fields: answeredColumns(table, options, identifiers),
    mode: sent.flag('continue') ? 'continue' : sent.flag('rollback') ? 'rollback' : 'stop',
    role: filter && new RoleScope((into) => roleFilterPredicate(table, filter, into)),
    rows: new RowAccess({ table, dialect, style: options.style, statements: context.statements, bindings }),
    bindings,
  });
}

/** Identifiers by default; `as_list` answers one column (database-services.md 4.2, 4.6). */
function answeredColumns(table: TableSchema, options: ReadOptions, identifiers: readonly ColumnSchema[]): readonly ColumnSchema[] {
  if (options.asList) {
    const name = options.idField === undefined ? table.column('name') : undefined;
    return name ? [name] : identifiers;
  }
  return options.fields === undefined || options.fields.length === 0 ? identifiers : selectColumns(table, options.fields, identifiers);
}

/** The client's filter; undefined where there is none. Throws the errors of the filter language, also for what is no text. */
export function readFilter(call: WriteCall): Condition | undefined {
  const { filter } = call.options;
  if (filter === undefined || (typeof filter === 'string' && filter.trim() === '')) return undefined;
  const node = parseFilter(filter);
  // Planned once here, so that what is wrong with it is said before anything is written.
  planFilter(node, call.table, call.bindings());
  return (bindings) => planFilter(node, call.table, bindings);
}

/** Order and page of a by-filter write (database-services.md 4.5). */
export function readSelection(call: WriteCall, filter: Condition): Selection {
  const { context, options, table } = call;
  const { nullsOrdering } = context.dialect.capabilities;
  const order = options.order === undefined ? keyOrder(table) : pageOrder(options.order, table, nullsOrdering);
  return { filter, order, page: { limit: options.limit ?? context.maxRecords, offset: options.offset } };
}
