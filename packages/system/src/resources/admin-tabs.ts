import type { Configuration } from '@headgate/system-db';

interface TabRow {
  readonly service: string;
  readonly component: string;
  readonly verbs: number;
}

const on = (service: string, verbs: number, ...components: readonly string[]): TabRow[] =>
  components.map((component) => ({ service, component, verbs }));
const system = (verbs: number, ...components: readonly string[]) => on('system', verbs, ...components);

/** The rows by which a role opens a tab of the admin app (system-service.md 2.3), requestor 3 throughout. */
const TABS: Readonly<Record<string, readonly TabRow[]>> = {
  apps: [...system(31, 'app/*'), ...system(1, 'service/*', 'role/*')],
  users: [...system(31, 'user/*'), ...system(1, 'role/*', 'app/*')],
  roles: system(1, 'role/*'),
  services: system(31, 'service_type/', 'service/*'),
  apidocs: on('api_docs', 31, '*'),
  'schema/data': on('db', 31, '*'),
  files: [...on('files', 31, '*'), ...on('logs', 31, '*')],
  scripts: system(31, 'event/*', 'event_script/*', 'script_type/*'),
  config: [
    ...system(31, 'custom/*', 'cache/*', 'cors/*', 'email_template/*', 'lookup/*'),
    ...system(1, ''),
    ...on('logs', 31, '*'),
    ...on('email', 31, '*'),
  ],
  packages: [...system(31, 'package/*'), ...system(1, 'app/*', '*'), ...on('logs', 3, '*'), ...on('files', 3, '*')],
  limits: [...system(31, 'limit/*', 'limit_cache/*'), ...system(1, 'user/', 'role/', '', 'service/')],
  scheduler: [...system(31, 'scheduler/*'), ...system(1, '')],
};

export const ALL_TABS: readonly string[] = Object.keys(TABS);

/** The tabs all of whose rows a role holds exactly. */
export function accessibleTabs(
  access: readonly { readonly service_id: number | null; readonly component: string | null; readonly verb_mask: number }[],
  configuration: Configuration,
): string[] {
  const held = new Set(access.map((row) => `${row.service_id} ${row.component ?? ''} ${row.verb_mask}`));
  return ALL_TABS.filter((tab) =>
    TABS[tab]!.every(({ service, component, verbs }) => held.has(`${configuration.servicesByName.get(service)?.id} ${component} ${verbs}`)),
  );
}
