import { SILENT } from '@headgate/core';
import type { AppRecord, RoleRecord, ServiceRecord, SystemDatabase, SystemState, Values } from '@headgate/system-db';
import { userTable } from '@headgate/system-db';
import {
  type AccessSettings,
  createIdentity,
  createLoginThrottle,
  createPasswords,
  createSignOn,
  createTokens,
  type Passwords,
  unlockMarks,
} from '../../src/index.js';

export const SETTINGS: AccessSettings = {
  appKey: 'base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  previousKeys: [],
  jwtTtlMinutes: 1440,
  jwtRefreshTtlMinutes: 20_160,
  allowForeverSessions: false,
  jwtUserClaims: [],
  jwtAlgorithm: 'HS256',
  blacklistGraceSeconds: 0,
  loginAttribute: 'email',
  passwordHash: 'argon2id',
  bcryptRounds: 10,
  lookupModifiers: [],
  confirmCodeLength: 32,
  confirmCodeTtlSeconds: 86_400,
  publicUrl: 'http://localhost:8080',
  confirmInviteUrl: '/invite',
  confirmRegisterUrl: '/register',
  confirmResetUrl: '/reset',
  apiRoutePrefix: 'api',
  hostName: 'node-1',
  appName: 'Headgate',
  version: '0.1.0',
};

export const PASSWORD = 'correct horse battery staple';

/** Clocks of a test: seconds since 1970 for tokens, milliseconds for delays. */
export class Clock {
  milliseconds = 1_700_000_000_000;
  readonly now = () => this.milliseconds;
  pass(seconds: number): void {
    this.milliseconds += seconds * 1000;
  }
}

export function accessParts(db: SystemDatabase, state: SystemState, settings: Partial<AccessSettings> = {}, clock = new Clock()) {
  const all = { ...SETTINGS, ...settings };
  const passwords = createPasswords(all);
  const throttle = createLoginThrottle({ marks: unlockMarks(db), now: clock.now });
  const tokens = createTokens({ db, state, settings: all, now: clock.now });
  const parts = { db, state, settings: all, tokens, passwords, throttle, log: SILENT };
  return { ...parts, clock, identity: createIdentity(parts), signOn: createSignOn(parts) };
}

export type AccessTestParts = ReturnType<typeof accessParts>;

/** Argon2 is slow: one hash serves all users of a test file. */
let hashed: Promise<string> | undefined;
export function hashedPassword(passwords: Passwords): Promise<string> {
  hashed ??= passwords.hash(PASSWORD);
  return hashed;
}

export async function insertUser(parts: Pick<AccessTestParts, 'db' | 'passwords'>, values: Values<typeof userTable> = {}) {
  const password = await hashedPassword(parts.passwords);
  return parts.db.change((change) =>
    change.insert(userTable, {
      name: 'Jane Doe',
      first_name: 'Jane',
      last_name: 'Doe',
      email: 'jane@example.com',
      username: values.email ?? 'jane@example.com',
      is_active: true,
      password,
      ...values,
    }),
  );
}

export function service(id: number, name: string, type: string, isActive = true): ServiceRecord {
  return {
    id,
    name,
    label: name,
    description: null,
    isActive,
    type,
    mutable: true,
    deletable: true,
    createdById: null,
    config: {},
    schemaExtras: { tables: [], fields: [], relationships: [], virtualRelationships: [] },
  };
}

export function role(id: number, access: readonly Partial<RoleRecord['access'][number]>[], isActive = true): RoleRecord {
  const rows = access.map((row, position) => ({
    id: position + 1,
    serviceId: null,
    component: '*',
    verbMask: 31,
    requestorMask: 1,
    filters: [],
    filterOp: 'and' as const,
    ...row,
  }));
  return { id, name: `role-${id}`, isActive, access: rows };
}

export function app(id: number, apiKey: string, roleId: number | null, isActive = true): AppRecord {
  return { id, name: `app-${id}`, apiKey, isActive, roleId };
}
