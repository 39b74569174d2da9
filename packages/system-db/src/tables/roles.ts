import { bool, creators, defineTable, id, int, json, stamps, str } from './define-table.js';

export const roleTable = defineTable('role', {
  id: id(),
  name: str(64).isUnique,
  description: str().optional,
  is_active: bool().is(false),
  ...stamps(),
  ...creators(),
});

export const roleServiceAccessTable = defineTable('role_service_access', {
  id: id(),
  role_id: int().to('role', 'cascade'),
  service_id: int().optional.to('service', 'cascade'),
  component: str().optional,
  verb_mask: int().is(0),
  requestor_mask: int().is(0),
  filters: json().optional,
  filter_op: str(32).is('and'),
  ...stamps(),
  ...creators(),
});
