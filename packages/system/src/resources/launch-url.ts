import type { ServiceRequest } from '@headgate/core';
import type { StoredRow } from '../records/field.js';
import type { ShapeParts } from './shape-parts.js';

/** Where an app opens (services.md 7.1): by its storage, its own address, or a path on this server; empty where it has no page. */
export function launchUrl(
  row: StoredRow,
  request: ServiceRequest,
  { configuration, settings }: Pick<ShapeParts, 'configuration' | 'settings'>,
): string {
  switch (row.type) {
    case 1: {
      const storage = configuration().services.get(row.storage_service_id as number);
      return storage === undefined ? '' : joined(baseUrl(request, settings.baseUrl), storage.name, row.storage_container, row.path);
    }
    case 2:
      return typeof row.url === 'string' ? row.url : '';
    case 3:
      return joined(baseUrl(request, settings.baseUrl), row.path);
    default:
      return '';
  }
}

export function baseUrl(request: ServiceRequest, configured: string | undefined): string {
  return (configured ?? `http://${request.headers.host ?? 'localhost'}`).replace(/\/+$/, '');
}

function joined(base: string, ...parts: readonly unknown[]): string {
  const trimmed = parts.map((part) => String(part ?? '').replace(/^\/+|\/+$/g, '')).filter((part) => part !== '');
  return [base, ...trimmed].join('/');
}
