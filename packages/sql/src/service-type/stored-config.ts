import type { ConfigStorage } from '@headgate/core';

/** Where SQL services keep their configuration (database-services.md 1.3). */
export const SQL_CONFIG_STORAGE: ConfigStorage = {
  kind: 'connection',
  columns: ['options', 'attributes', 'statements'],
  inService: ['allow_upsert', 'max_records'],
  cached: true,
};
