import {
  type EventPath,
  ResourceNotFound,
  type Service,
  type ServiceDeps,
  type ServiceRequest,
  type ServiceResponse,
} from '@headgate/core';
import type { SqlConfig } from './config.js';
import type { Connector } from './dialect/dialect.js';
import type { SqlEnvironment } from './environment.js';
import { StatementCache } from './plan/statement-cache.js';
import { checkParameters } from './read/known-parameters.js';
import { RoutineResource } from './resources/routine-resource.js';
import { SchemaResource } from './resources/schema-resource.js';
import { ServiceRoot } from './resources/service-root.js';
import { TableResource } from './resources/table-resource.js';
import { describeDatabase } from './schema/description.js';
import { SchemaCache } from './schema/schema-cache.js';
import { readStoredExtras } from './schema/stored-extras.js';
import { openSource } from './source/open-source.js';
import type { TableContext } from './table-context.js';

const RECORD_VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface Resource {
  handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse>;
}

/** A database as a service: `_schema`, `_table`, and where the database has routines `_proc` and `_func`. */
export function createSqlService(connector: Connector, config: SqlConfig, deps: ServiceDeps, environment: SqlEnvironment): Service {
  const context = contextOf(connector, config, deps, environment);
  const root = new ServiceRoot(context);
  const resources: Readonly<Record<string, Resource>> = {
    _schema: new SchemaResource(context),
    _table: new TableResource(context),
    ...(context.dialect.capabilities.routines && {
      _proc: new RoutineResource(context, 'procedure'),
      _func: new RoutineResource(context, 'function'),
    }),
  };
  return {
    async handle(request) {
      const { path } = request;
      const name = path[0];
      if (name === undefined || name === '_schema') checkParameters(request, context);
      if (name === undefined) return root.handle(request);
      const resource = Object.hasOwn(resources, name) ? resources[name] : undefined;
      if (!resource) throw ResourceNotFound(name, context.definition.name);
      return resource.handle(request, path.slice(1));
    },
    accessList: (request) => root.accessList(request),
    events: () => eventsOf(context),
    describe: async ({ refresh }) => describeDatabase(await (refresh ? context.schema.refresh() : context.schema.get())),
    get pool() {
      return context.source.state;
    },
    close: () => context.source.close(),
  };
}

function contextOf(connector: Connector, config: SqlConfig, deps: ServiceDeps, environment: SqlEnvironment): TableContext {
  const { definition, envelope, log, schemaExtras } = deps;
  const { settings, budget, limits } = environment;
  const watched = limits?.watch(connector, definition.name, config.poolMax) ?? connector;
  const source = openSource(watched, {
    serviceName: definition.name,
    poolMax: config.poolMax,
    acquireTimeoutMs: config.acquireTimeoutMs,
    budget,
    log,
    queryLog: settings.queryLog,
  });
  return Object.freeze({
    definition,
    envelope,
    log,
    config,
    settings,
    source,
    dialect: source.dialect,
    schema: new SchemaCache({
      source,
      serviceId: definition.id,
      schema: config.schema,
      extras: schemaExtras && readStoredExtras(schemaExtras, definition.name, log),
    }),
    statements: new StatementCache(source.dialect),
    maxRecords: Math.max(1, Math.min(config.maxRecords, settings.maxRecordsCap)),
  });
}

/** The paths that fire events (database-services.md 12.3). */
async function eventsOf(context: TableContext): Promise<readonly EventPath[]> {
  const schema = await context.schema.get();
  const tables = { table_name: schema.tables.map(({ apiName }) => apiName) };
  const described = { table_name: schema.tables.map(({ name }) => name) };
  const routines = (kind: 'procedure' | 'function') =>
    schema.routines.filter((routine) => routine.kind === kind).map(({ apiName }) => apiName);
  const paths: EventPath[] = [
    { path: '', verbs: ['GET'] },
    { path: '_schema', verbs: RECORD_VERBS },
    { path: '_schema.{table_name}', verbs: RECORD_VERBS, parameters: described },
    { path: '_schema.{table_name}.{field}', verbs: RECORD_VERBS, parameters: described },
    { path: '_table', verbs: ['GET'] },
    { path: '_table.{table_name}', verbs: RECORD_VERBS, parameters: tables },
    { path: '_table.{table_name}.{id}', verbs: RECORD_VERBS.filter((verb) => verb !== 'POST'), parameters: tables },
  ];
  if (!context.dialect.capabilities.routines) return paths;
  return [
    ...paths,
    { path: '_proc', verbs: ['GET'] },
    { path: '_proc.{procedure_name}', verbs: ['GET', 'POST'], parameters: { procedure_name: routines('procedure') } },
    { path: '_func', verbs: ['GET'] },
    { path: '_func.{function_name}', verbs: ['GET', 'POST'], parameters: { function_name: routines('function') } },
  ];
}
