import {
  answer,
  answerList,
  BadRequest,
  FieldsNotFound,
  NotImplemented,
  nearest,
  RelationshipsNotFound,
  RequestOptions,
  recordsOf,
  type ServiceRequest,
  type ServiceResponse,
  TableNotFound,
  verbNames,
} from '@headgate/core';
import type { ServiceSchema } from '../schema/service-schema.js';
import { describeField, describeRelationship, describeTable, describeTableHead } from '../schema/shapes.js';
import type { ColumnSchema, RelationSchema, TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import { namedIn } from './named-in.js';
import { requireVerb, verbsOn } from './permissions.js';
import { listResources } from './resource-list.js';

/** `_schema`: descriptions of tables, by their real names (database-services.md 3). This version does not change them. */
export class SchemaResource {
  readonly #context: TableContext;

  constructor(context: TableContext) {
    this.#context = context;
  }

  /** `path`: what follows `_schema`. */
  async handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse> {
    if (request.verb !== 'GET' && request.verb !== 'HEAD') throw NotImplemented('Changing the schema is not implemented in this version.');
    const body = recordsOf(request.body, this.#context.envelope);
    const options = new RequestOptions(request.parameters, body.options, 'query');
    const schema = await (options.flag('refresh') ? this.#context.schema.refresh() : this.#context.schema.get());
    const [name, part, member, ...rest] = path;
    const names = namedIn(options, body);
    if (name === undefined) return names === undefined ? this.#list(request, schema, options) : describeSeveral(request, schema, names);
    const table = findTable(schema, name, request);
    if (part === undefined) return answer(describeTable(table, verbsOn(request, '_schema', table.name)));
    if (part === '_field' && rest.length === 0)
      return member === undefined ? listFields(table, names) : answer(describeField(field(table, member)));
    if (part === '_related' && rest.length === 0) {
      return member === undefined ? listRelationships(table, names) : answer(describeRelationship(relationship(table, member)));
    }
    if (member !== undefined) throw BadRequest('Invalid schema path in describe request.');
    return answer(describeField(field(table, part)));
  }

  #list(request: ServiceRequest, schema: ServiceSchema, options: RequestOptions): ServiceResponse {
    const inSchema = options.text('schema')?.toLowerCase();
    const shown = schema.tables.flatMap((table) => {
      const mask = verbsOn(request, '_schema', table.name);
      if (mask === 0 || (inSchema !== undefined && table.schemaName?.toLowerCase() !== inSchema)) return [];
      return [{ name: table.name, describe: () => ({ ...describeTableHead(table), access: verbNames(mask) }) }];
    });
    return shown.length === 0 ? answerList([]) : listResources(shown, options);
  }
}

function describeSeveral(request: ServiceRequest, schema: ServiceSchema, names: readonly string[]): ServiceResponse {
  const tables = names.map((name) => findTable(schema, name, request));
  for (const table of tables) requireVerb(request, '_schema', table.name);
  return answerList(tables.map((table) => describeTable(table, verbsOn(request, '_schema', table.name))));
}

function findTable(schema: ServiceSchema, name: string, request: ServiceRequest): TableSchema {
  const table = schema.tableByName(name);
  if (table) return table;
  const visible = schema.tables.filter((candidate) => verbsOn(request, '_schema', candidate.name) !== 0);
  throw TableNotFound(name).withHint(
    suggestion(
      name,
      visible.map((candidate) => candidate.name),
    ),
  );
}

function suggestion(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}

/** By the name that clients use, else by the real one: a description shows both. */
function field(table: TableSchema, name: string): ColumnSchema {
  const column = table.column(name) ?? table.columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (column) return column;
  throw FieldsNotFound(table.name).withHint(
    suggestion(
      name,
      table.columns.map(({ apiName }) => apiName),
    ),
  );
}

function relationship(table: TableSchema, name: string): RelationSchema {
  const found = table.relationship(name) ?? table.relationships.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  throw RelationshipsNotFound(table.name).withHint(
    suggestion(
      name,
      table.relationships.map((candidate) => candidate.alias ?? candidate.name),
    ),
  );
}

function listFields(table: TableSchema, names: readonly string[] | undefined): ServiceResponse {
  return answerList((names === undefined ? table.columns : names.map((name) => field(table, name))).map(describeField));
}

function listRelationships(table: TableSchema, names: readonly string[] | undefined): ServiceResponse {
  return answerList((names === undefined ? table.relationships : names.map((name) => relationship(table, name))).map(describeRelationship));
}
