import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { SILENT } from '@headgate/core';
import {
  appTable,
  type ChangeHints,
  corsConfigTable,
  createEncrypter,
  dbTableExtrasTable,
  equals,
  lookupTable,
  openSystemDatabase,
  openSystemState,
  revokedTokenTable,
  roleTable,
  type SystemDatabaseOptions,
  serviceTable,
  userSessionTable,
  userTable,
} from '@headgate/system-db';

/** A process that answers from the state alone, driven by messages of its parent, which is its bus as well (`worker-processes.ts`). */

export const KINDS = ['role', 'app', 'service', 'schema extras', 'user', 'admin', 'lookup', 'cors', 'password', 'revoked token'] as const;
export type Kind = (typeof KINDS)[number];

export interface Fixture {
  readonly role: number;
  readonly app: number;
  readonly service: number;
  readonly extras: number;
  readonly user: number;
  readonly admin: number;
  readonly lookup: number;
  readonly cors: number;
}

export interface Start {
  readonly options: Omit<SystemDatabaseOptions, 'encrypter' | 'log'>;
  readonly key: string;
  readonly fixture: Fixture;
}

export type Command =
  | { readonly call: number; readonly do: 'change'; readonly kind: Kind; readonly value: number }
  | { readonly call: number; readonly do: 'read'; readonly kind: Kind }
  | { readonly call: number; readonly do: 'members' | 'close' }
  | { readonly hint: string };

export type Report = { readonly ready: true } | { readonly call: number; readonly result: unknown } | { readonly hint: string };

const { options, key, fixture } = JSON.parse(process.argv[2]!) as Start;
const tell = (report: Report) => process.send?.(report);
const listeners = new Set<(message: string) => void>();
const hints: ChangeHints = {
  publish: (_topic, message) => void tell({ hint: message }),
  subscribe: (_topic, listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  onReconnect: () => undefined,
};

const db = await openSystemDatabase({ ...options, encrypter: createEncrypter({ key }), log: SILENT });
const state = await openSystemState(db, {
  configOf: () => undefined,
  log: SILENT,
  worker: { id: randomUUID(), role: 'api', host: 'here', version: '1' },
  report: () => ({ pid: process.pid }),
  hints,
});

async function change(kind: Kind, value: number): Promise<void> {
  const text = `value ${value}`;
  await db.change(async (change) => {
    switch (kind) {
      case 'role':
        return void (await change.update(roleTable, equals('id', fixture.role), { name: text }));
      case 'app':
        return void (await change.update(appTable, equals('id', fixture.app), { api_key: text }));
      case 'service':
        return void (await change.update(serviceTable, equals('id', fixture.service), { label: text }));
      case 'schema extras':
        return void (await change.update(dbTableExtrasTable, equals('id', fixture.extras), { label: text }));
      case 'user':
        return void (await change.update(userTable, equals('id', fixture.user), { name: text }));
      case 'admin':
        return void (await change.update(userTable, equals('id', fixture.admin), { name: text }));
      case 'lookup':
        return void (await change.update(lookupTable, equals('id', fixture.lookup), { value: text }));
      case 'cors':
        return void (await change.update(corsConfigTable, equals('id', fixture.cors), { origin: text }));
      case 'password':
        return void (await change.update(userSessionTable, equals('user_id', fixture.user), { session_number: value }));
      case 'revoked token':
        return void (await change.insert(revokedTokenTable, { jti: text, expires_at: 4_000_000_000 }));
    }
  });
}

async function read(kind: Kind): Promise<string | undefined> {
  const now = await state.current();
  switch (kind) {
    case 'role':
      return now.roles.get(fixture.role)?.name;
    case 'app':
      return now.apps.get(fixture.app)?.apiKey ?? undefined;
    case 'service':
      return now.services.get(fixture.service)?.label;
    case 'schema extras':
      return String(now.services.get(fixture.service)?.schemaExtras.tables[0]?.label);
    case 'user':
      return (await state.user(fixture.user))?.name;
    case 'admin':
      return (await state.user(fixture.admin))?.name;
    case 'lookup':
      return now.lookups[0]?.value ?? undefined;
    case 'cors':
      return now.cors[0]?.origin ?? undefined;
    case 'password':
      return `value ${(await state.user(fixture.user))?.sessionNumber}`;
    case 'revoked token':
      return [...now.revokedTokens].at(-1);
  }
}

async function carryOut(command: Exclude<Command, { hint: string }>): Promise<unknown> {
  switch (command.do) {
    case 'change': {
      const asked = performance.now();
      await change(command.kind, command.value);
      return performance.now() - asked;
    }
    case 'read':
      return read(command.kind).catch((error: unknown) => `failed: ${String(error)}`);
    case 'members':
      return state.members();
    case 'close':
      await state.close();
      await db.close();
      return true;
  }
}

process.on('message', (command: Command) => {
  if ('hint' in command) {
    for (const listener of listeners) listener(command.hint);
    return;
  }
  void carryOut(command).then((result) => {
    tell({ call: command.call, result });
    if (command.do === 'close') process.disconnect();
  });
});
tell({ ready: true });
