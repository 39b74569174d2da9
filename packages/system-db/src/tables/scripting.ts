import { bool, creators, defineTable, int, json, mediumText, stamps, str } from './define-table.js';

export const scriptConfigTable = defineTable('script_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  content: mediumText().optional,
  config: json().optional,
  queued: bool().is(false),
  implements_access_list: bool().is(false),
  storage_service_id: int().optional.to('service', 'set null'),
  storage_path: str().optional,
  scm_repository: str().optional,
  scm_reference: str().optional,
});

export const eventScriptTable = defineTable('event_script', {
  name: str(80).primaryKey,
  type: str(40),
  is_active: bool().is(false),
  content: mediumText().optional,
  config: json().optional,
  ...stamps(),
  ...creators(),
  allow_event_modification: bool().is(false),
  storage_service_id: int().optional.to('service', 'set null'),
  storage_path: str().optional,
  scm_repository: str().optional,
  scm_reference: str().optional,
});
