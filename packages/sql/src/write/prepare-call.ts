import type { RecordAction } from './field-rules.js';
import { RecordPreparation } from './record-preparation.js';
import type { WriteCall } from './write-call.js';

/** What makes the records of a call into what is written. */
export function preparationFor(call: WriteCall, action: RecordAction): RecordPreparation {
  const { context, request, table, identifiers } = call;
  const { definition } = context;
  return new RecordPreparation({
    table,
    dialect: context.dialect,
    action,
    identifiers,
    lookups: request.caller.lookups,
    lookupModifiers: context.settings.lookupModifiers,
    userId: request.caller.user?.id,
    strict: request.strict,
    onUnknown(name) {
      const field = `${table.apiName}.${name.slice(0, 100)}`;
      context.log.once(`field:${definition.name}.${field}`, `a record has a field that the table does not have: ${field}`, {
        service: definition.name,
      });
    },
  });
}
