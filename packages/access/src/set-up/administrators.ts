import { SetupRefused, ValidationFailed } from '@headgate/core';
import type { Change, Row, SystemDatabase } from '@headgate/system-db';
import { all, any, equals, UniqueViolation, userTable } from '@headgate/system-db';
import {
  emailProblem,
  nameProblem,
  namesFromEmail,
  passwordProblem,
  phoneProblem,
  textProblem,
  usernameProblem,
} from '../passwords/account-rules.js';
import type { Passwords } from '../passwords/passwords.js';
import { endSessions } from '../tokens/session-rows.js';
import { consumeSetupToken } from './setup-token.js';

/** The fields of the set-up page (rest-core.md 1.3); empty texts count as missing. */
export interface AdminFields {
  readonly email: string;
  readonly password: string;
  readonly password_confirmation?: string | undefined;
  readonly name?: string | undefined;
  readonly first_name?: string | undefined;
  readonly last_name?: string | undefined;
  /** Defaults to the email. */
  readonly username?: string | undefined;
  readonly phone?: string | undefined;
}

/** Who vouches: whoever holds the one-time token of the set-up page, or the operator of the machine (CLI, environment). */
export type SetupProof = { readonly token: string } | 'operator';

export type FieldProblems = Readonly<Record<string, string>>;

/** What is wrong with the fields of an administrator, by field; empty when nothing is. */
export function adminFieldProblems(fields: AdminFields): FieldProblems {
  const problems: Record<string, string | undefined> = {
    email: emailProblem(fields.email),
    password: passwordProblem(fields.password),
    username: fields.username ? usernameProblem(fields.username) : undefined,
    name: fields.name ? nameProblem(fields.name) : undefined,
    first_name: fields.first_name ? textProblem(fields.first_name, 'first_name') : undefined,
    last_name: fields.last_name ? textProblem(fields.last_name, 'last_name') : undefined,
    phone: fields.phone ? phoneProblem(fields.phone) : undefined,
  };
  if (fields.password_confirmation !== undefined && fields.password_confirmation !== fields.password) {
    problems.password ??= 'The password field confirmation does not match.';
  }
  return Object.fromEntries(Object.entries(problems).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Whether anybody can administer the installation; without one `/` leads to the set-up page. */
export async function hasActiveAdmin(db: Pick<SystemDatabase, 'count'>): Promise<boolean> {
  return (await db.count(userTable, all(equals('is_sys_admin', true), equals('is_active', true)))) > 0;
}

/**
 * Makes the first administrator; the token is used up in the same transaction. Throws `ValidationFailed` with the problems by field in
 * its context, and `SetupRefused` where the token is not good or an active administrator exists.
 */
export async function createFirstAdmin(
  db: SystemDatabase,
  passwords: Passwords,
  fields: AdminFields,
  proof: SetupProof,
): Promise<Row<typeof userTable>> {
  const problems = adminFieldProblems(fields);
  if (Object.keys(problems).length > 0) throw invalid(problems);
  const password = await passwords.hash(fields.password);
  try {
    return await db.change(async (change) => {
      if (await hasActiveAdmin(change)) throw SetupRefused('There is an administrator already.');
      if (proof !== 'operator' && !(await consumeSetupToken(change, proof.token)))
        throw SetupRefused('The set-up token is wrong or has expired.');
      return insertAdmin(change, fields, password);
    });
  } catch (error) {
    if (error instanceof UniqueViolation) throw invalid({ email: 'The email has already been taken.' });
    throw error;
  }
}

/** Sets the password of an administrator and ends his sessions; false where no administrator has this email. */
export async function setAdminPassword(db: SystemDatabase, passwords: Passwords, email: string, password: string): Promise<boolean> {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw invalid({ password: problem });
  const hashed = await passwords.hash(password);
  return db.change(async (change) => {
    const admin = await change.findOne(userTable, all(equals('email', email), equals('is_sys_admin', true)));
    if (admin === undefined) return false;
    await change.update(userTable, equals('id', admin.id), { password: hashed, confirm_code: null });
    await endSessions(change, admin.id);
    return true;
  });
}

async function insertAdmin(change: Change, fields: AdminFields, password: string): Promise<Row<typeof userTable>> {
  const { email } = fields;
  const username = fields.username || email;
  if ((await change.count(userTable, any(equals('email', email), equals('username', username)))) > 0) {
    throw invalid({ email: 'The email has already been taken.' });
  }
  const made = namesFromEmail(email);
  const first = fields.first_name || made.first;
  const last = fields.last_name || made.last;
  const admin = await change.insert(userTable, {
    email,
    username,
    name: fields.name || `${first} ${last}`.trim(),
    first_name: first,
    last_name: last,
    phone: fields.phone || null,
    password,
    is_active: true,
    is_sys_admin: true,
    is_root_admin: true,
  });
  change.raise(`user:${admin.id}`);
  return admin;
}

function invalid(problems: FieldProblems) {
  const context = Object.fromEntries(Object.entries(problems).map(([field, problem]) => [field, [problem]]));
  return ValidationFailed(Object.values(problems)).withContext(context);
}
