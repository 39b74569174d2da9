import { bool, creators, defineTable, id, int, stamps, str, text } from './define-table.js';

/** `type`: 0 none, 1 storage, 2 URL, 3 path, 4 git. */
export const appTable = defineTable('app', {
  id: id(),
  name: str(64).isUnique,
  api_key: str().optional,
  description: str().optional,
  is_active: bool().is(false),
  type: int().is(0),
  path: text().optional,
  url: text().optional,
  storage_service_id: int().optional.to('service', 'set null'),
  storage_container: str().optional,
  requires_fullscreen: bool().is(false),
  allow_fullscreen_toggle: bool().is(true),
  toggle_location: str(64).is('top'),
  role_id: int().optional.to('role', 'set null'),
  ...stamps(),
  ...creators(),
});
