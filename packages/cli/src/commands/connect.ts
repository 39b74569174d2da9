import { installedServiceTypes } from '@headgate/api';
import type { ConnectionReport } from '@headgate/core';
import { createServiceWithAccess } from '@headgate/system';
import { equals, serviceTable } from '@headgate/system-db';
import type { ConfigurationFlags } from '../configuration/installation.js';
import { serviceOf } from '../connect/database-url.js';
import { findOut } from '../connect/find-out.js';
import { Failure } from '../failure.js';
import { withSystem } from '../system/open-system.js';
import { servedAddress } from '../system/served-address.js';
import { curlRecord } from '../terminal/curl.js';
import { readSecret } from '../terminal/read-secret.js';
import { note, print, printJson, type Terminal } from '../terminal/terminal.js';

export interface ConnectFlags extends ConfigurationFlags {
  readonly name: string;
  readonly key: 'read-only' | 'read-write';
  readonly json?: boolean;
  readonly unlessExists?: boolean;
}

const SHOWN_TABLES = 8;

/** `headgate connect URL --name NAME`: a service over a database, with a role, an app and a key; nothing is made unless it answers. */
export async function connect(terminal: Terminal, given: string, flags: ConnectFlags): Promise<void> {
  const url = given === '-' ? await readSecret(terminal, 'Address of the database: ') : given;
  await withSystem(terminal, 'connect', flags, async ({ db, settings, log }) => {
    if (flags.unlessExists && (await db.findOne(serviceTable, equals('name', flags.name.toLowerCase()))) !== undefined) {
      note(terminal, `The service "${flags.name.toLowerCase()}" is there already: nothing was made.`);
      return;
    }
    const service = serviceOf(url, settings.sql.sqliteStorage);
    const types = installedServiceTypes(settings, log);
    const type = types.find(service.type);
    if (type === undefined) throw new Failure(`there is no service type ${service.type}`);
    const report = await findOut(type, service, flags.name, settings, log);
    const { apiKey, serviceId, roleId, appId } = await createServiceWithAccess(db, types, {
      service: { name: flags.name, type: service.type, config: service.config },
      key: flags.key === 'read-only' ? 'read-only' : 'full',
    });
    if (apiKey === undefined) throw new Error('the service has no key');
    const name = flags.name.toLowerCase();
    const curl = curlRecord({
      address: servedAddress(settings),
      prefix: settings.http.apiRoutePrefix,
      service: name,
      table: report.tables[0],
      key: apiKey,
    });
    if (flags.json)
      printJson(terminal, {
        service: name,
        service_id: serviceId,
        role_id: roleId,
        app_id: appId,
        api_key: apiKey,
        server: report.server,
        tables: report.tables,
        curl,
      });
    else explain(terminal, name, flags.key, report, apiKey, curl);
  });
}

function explain(
  terminal: Terminal,
  name: string,
  access: string,
  { server, tables }: ConnectionReport,
  apiKey: string,
  curl: string,
): void {
  const shown = tables.slice(0, SHOWN_TABLES).join(', ');
  const more = tables.length > SHOWN_TABLES ? `, and ${tables.length - SHOWN_TABLES} more` : '';
  print(
    terminal,
    `Connected: ${server}; ${tables.length === 1 ? '1 table' : `${tables.length} tables`}${tables.length === 0 ? '' : `: ${shown}${more}`}`,
  );
  print(terminal, `Made the service "${name}" and a ${access} key (kept in the app "${name}_app"): ${apiKey}`);
  print(terminal);
  print(terminal, `  ${curl}`);
}
