import { emailProblem, endSessions, passwordProblem, usernameProblem } from '@headgate/access';
import { Forbidden, NotImplemented } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { all, equals, userTable } from '@headgate/system-db';
import type { FieldOptions, StoredRow } from '../records/field.js';
import { fieldsOf } from '../records/field.js';
import type { RecordCall, RecordDraft, RecordShape } from '../records/record-shape.js';
import { draftValue } from '../records/record-shape.js';
import type { ShapeParts } from './shape-parts.js';

/** Users and administrators: rows of one table with the same rules (system-service.md 2.3, 2.15). */

/** Which sign-on service an account belongs to: only administrators bind an account to one. */
const PROVIDER_FIELDS = ['oauth_provider', 'ldap_username', 'adldap', 'saml'] as const;

export function accountShape(parts: ShapeParts): RecordShape {
  const { guard } = parts;
  return {
    table: userTable,
    key: 'id',
    right: 'user',
    ownedThrough: [],
    writableThrough: [],
    fields: fieldsOf(userTable, accountFields(parts.settings.loginAttribute)),
    visible(call) {
      const { access, requestor } = call.request;
      return guard.isAdmin(call) || (access.verbsFor('admin', requestor) & 1) !== 0 ? undefined : equals('is_sys_admin', false);
    },
    async compute(_call, _reader, rows) {
      return rows.map((row) => ({ confirmed: isConfirmed(row), expired: false }));
    },
    async prepare(call, change, draft) {
      if (draft.before !== undefined) await guard.demandReachableUser(call, change, draft.before.id as number);
      completeNames(draft, parts.settings.loginAttribute);
      if (!guard.isAdmin(call)) for (const field of PROVIDER_FIELDS) delete draft.values[field];
      await checkUsername(change, draft);
      checkEmail(draft);
      await hashSecrets(draft, parts.hashPassword);
      if (draft.values.is_active === false) await demandAnotherAdmin(change, draft.before);
    },
    async written(_call, change, draft, row) {
      const before = draft.before;
      if (before === undefined) return;
      if (Object.hasOwn(draft.values, 'password') || (before.is_active === true && row.is_active === false))
        await endSessions(change, row.id as number);
    },
    async removing(call, change, row) {
      if (call.caller.user?.id === row.id) throw Forbidden('Cannot delete your account.');
      await guard.demandReachableUser(call, change, row.id as number);
      await demandAnotherAdmin(change, row);
    },
    raise(change, row) {
      change.raise(`user:${row.id}`);
    },
  };
}

function accountFields(loginAttribute: 'email' | 'username'): Record<string, FieldOptions> {
  return {
    id: {},
    name: { required: 'The name field is required.' },
    first_name: {},
    last_name: {},
    last_login_date: { mode: 'readOnly' },
    email: { required: 'The email field is required.' },
    password: { mode: 'writeOnly' },
    is_active: {},
    phone: {},
    security_question: {},
    security_answer: { mode: 'writeOnly' },
    default_app_id: {},
    created_date: {},
    last_modified_date: {},
    created_by_id: {},
    last_modified_by_id: {},
    oauth_provider: {},
    username: loginAttribute === 'username' ? { required: 'The username field is required.' } : {},
    // Add-ons of the original bring these; without them its records do not have them.
    ldap_username: { onRequest: true },
    adldap: { onRequest: true },
    saml: { onRequest: true },
    is_root_admin: { mode: 'readOnly', onRequest: true },
    confirmed: {},
    expired: {},
  };
}

/** `y` is what older versions wrote for a confirmed account. */
const isConfirmed = (row: StoredRow) => row.confirm_code === null || row.confirm_code === undefined || row.confirm_code === 'y';

/** A new account is named after its parts or its address; its user name defaults to the address. */
function completeNames(draft: RecordDraft, loginAttribute: 'email' | 'username'): void {
  const { values } = draft;
  const email = typeof draftValue(draft, 'email') === 'string' ? String(draftValue(draft, 'email')) : '';
  if (draft.before === undefined && isBlank(values.name)) {
    const parts = [values.first_name, values.last_name].filter((part) => !isBlank(part)).join(' ');
    values.name = parts !== '' ? parts : email.split('@')[0];
  }
  const wantsUsername = draft.before === undefined || Object.hasOwn(values, 'username');
  if (loginAttribute === 'email' && wantsUsername && isBlank(values.username) && email !== '') values.username = email;
}

const isBlank = (value: unknown) => value === undefined || value === null || String(value).trim() === '';

/** User names are unique by rule only, and the address of an account is a user name too. */
async function checkUsername(change: Change, draft: RecordDraft): Promise<void> {
  const { username } = draft.values;
  if (typeof username !== 'string' || username === draft.before?.username) return;
  const problem = usernameProblem(username);
  if (problem !== undefined) draft.problems.add('username', problem);
  const others = await change.find(userTable, { where: equals('username', username) });
  if (others.some((other) => other.id !== draft.before?.id)) draft.problems.add('username', 'The username has already been taken.');
}

function checkEmail(draft: RecordDraft): void {
  const { email } = draft.values;
  const problem = typeof email === 'string' && email !== '' ? emailProblem(email) : undefined;
  if (problem !== undefined) draft.problems.add('email', problem);
}

/** Passwords are checked and stored as hashes; setting one confirms the account. */
async function hashSecrets(draft: RecordDraft, hash: ShapeParts['hashPassword']): Promise<void> {
  const { values, problems } = draft;
  const problem = isBlank(values.password) ? undefined : passwordProblem(values.password);
  if (isBlank(values.password)) delete values.password;
  if (problem !== undefined) problems.add('password', problem);
  if (isBlank(values.security_answer)) delete values.security_answer;
  if (!problems.isEmpty) return;
  if (typeof values.password === 'string') Object.assign(values, { password: await hash(values.password), confirm_code: null });
  if (typeof values.security_answer === 'string') values.security_answer = await hash(values.security_answer);
}

/** An installation always keeps an administrator who can log in. */
async function demandAnotherAdmin(change: Change, row: StoredRow | undefined): Promise<void> {
  if (row?.is_sys_admin !== true || row.is_active !== true) return;
  // An update that changes nothing: it locks these rows, so that two administrators cannot deactivate each other at the same time.
  const active = await change.update(userTable, all(equals('is_sys_admin', true), equals('is_active', true)), { is_sys_admin: true });
  if (active <= 1) throw Forbidden('The last active administrator can not be deleted or deactivated.');
}

/** Invitations need a mail service; who asks for one gets no account without it. */
export function refuseInvitation(call: RecordCall): void {
  if (call.request.verb !== 'GET' && call.options.flag('send_invite'))
    throw NotImplemented('Invitations by mail are not implemented in this version.');
}
