import {
  answer,
  BadRequest,
  type JsonObject,
  NotFound,
  type ServiceRequest,
  type ServiceResponse,
  type SystemResource,
  Unauthorized,
  UnsupportedVerb,
  ValidationFailed,
} from '@headgate/core';
import type { Values } from '@headgate/system-db';
import { equals, userTable } from '@headgate/system-db';
import { passwordProblem } from '../passwords/account-rules.js';
import { checkConfirmCode, isConfirmCode } from '../passwords/confirm-code.js';
import { endSessions } from '../tokens/session-rows.js';
import { beginSession } from './login.js';
import { optionsOf, type Side, type SignOnParts, sideOf, textField, type UserRow } from './sign-on-parts.js';

const WRONG_CODE = 'The supplied email and/or confirmation code were not found in the system.';
const WRONG_ANSWER = 'The answer supplied does not match.';

/**
 * `user/password` and `system/admin/password` (rest-core.md 5.2). Answers to anonymous calls are the same for accounts that do not
 * exist, belong to the other side or are not active.
 */
export function passwordResource(parts: SignOnParts, side: Side): SystemResource {
  const { db, settings, passwords, throttle, log } = parts;

  const refusal = (account: string) => Unauthorized(`You are not authorized to reset/change password for the account ${account}`);

  /** Writes the new password, ends all sessions, and begins one where the call asks for it. */
  const setPassword = async (request: ServiceRequest, user: UserRow, password: string, more: Values<typeof userTable> = {}) => {
    const hashed = await passwords.hash(password);
    const answered: JsonObject = await db.change(async (change) => {
      await change.update(userTable, equals('id', user.id), { ...more, password: hashed });
      await endSessions(change, user.id);
      if (!optionsOf(request).flag('login')) return { success: true };
      const { token } = await beginSession(parts, change, request, user.id, side);
      return { success: true, session_token: token };
    });
    return answer(answered);
  };

  const change = async (request: ServiceRequest, userId: number, oldPassword: string, newPassword: string): Promise<ServiceResponse> => {
    const user = await db.findOne(userTable, equals('id', userId));
    if (user === undefined) throw NotFound('No user session found.');
    if (sideOf(user) !== side) throw refusal(user.email);
    requireGoodPassword(newPassword);
    const attempt = await throttle.begin(user[settings.loginAttribute] ?? user.email, request.origin.address);
    try {
      if (!(await passwords.verify(oldPassword, user.password))) {
        attempt.failed();
        throw BadRequest('The password supplied does not match.');
      }
      attempt.succeeded();
    } finally {
      attempt.neutral();
    }
    return setPassword(request, user, newPassword);
  };

  const startReset = async (account: Account): Promise<ServiceResponse> => {
    const user = await findAccount(account);
    if (user?.is_active && hasQuestion(user)) {
      // The other path shows the question to anyone: this refusal, by which the admin app finds that path, tells nothing more.
      if (sideOf(user) !== side) throw refusal(account.value);
      return answer({ security_question: user.security_question });
    }
    log.once('password-reset-mail', 'a password reset by mail was asked for, but no mail service is at work: nothing was sent');
    return answer({ success: true });
  };

  const resetByCode = async (request: ServiceRequest, account: Account, code: string, password: string): Promise<ServiceResponse> => {
    if (!isConfirmCode(code, settings)) throw BadRequest('Invalid confirmation code format.');
    requireGoodPassword(password);
    const attempt = await throttle.begin(account.value, request.origin.address);
    try {
      const user = await findOwn(account);
      const changedAt = Date.parse(`${(user?.last_modified_date ?? '1970-01-01 00:00:00').replace(' ', 'T')}Z`) / 1000;
      const outcome = checkConfirmCode(code, user?.confirm_code, settings, changedAt);
      if (user === undefined || outcome === 'wrong') {
        attempt.failed();
        throw NotFound(WRONG_CODE);
      }
      if (outcome === 'expired') throw BadRequest('Confirmation code expired.');
      const answered = await setPassword(request, user, password, { confirm_code: null });
      attempt.succeeded();
      return answered;
    } finally {
      attempt.neutral();
    }
  };

  const resetByAnswer = async (request: ServiceRequest, account: Account, given: string, password: string): Promise<ServiceResponse> => {
    requireGoodPassword(password);
    const attempt = await throttle.begin(account.value, request.origin.address);
    try {
      const user = await findOwn(account);
      if (!(await passwords.verify(given, user?.security_answer)) || user === undefined) {
        attempt.failed();
        throw BadRequest(WRONG_ANSWER);
      }
      const answered = await setPassword(request, user, password);
      attempt.succeeded();
      return answered;
    } finally {
      attempt.neutral();
    }
  };

  const findAccount = (account: Account) => db.findOne(userTable, equals(account.column, account.value));

  const findOwn = async (account: Account): Promise<UserRow | undefined> => {
    const user = await findAccount(account);
    return user?.is_active && sideOf(user) === side ? user : undefined;
  };

  return {
    name: side === 'admin' ? 'admin/password' : 'password',
    label: side === 'admin' ? 'Admin Password' : 'Password',
    description: 'Change the password, or set a new one by security question or confirmation code.',
    async handle(request, path) {
      if (path.length > 0 || !['POST', 'PUT', 'PATCH'].includes(request.verb))
        throw UnsupportedVerb(request.verb, 'password', path.join('/'));
      const account = accountOf(request);
      const { user } = request.caller;
      const oldPassword = textField(request, 'old_password');
      const newPassword = textField(request, 'new_password');
      if (user !== undefined && oldPassword !== undefined && newPassword !== undefined)
        return change(request, user.id, oldPassword, newPassword);
      if (account !== undefined) {
        if (optionsOf(request).flag('reset')) return startReset(account);
        const code = textField(request, 'code');
        if (code !== undefined && newPassword !== undefined) return resetByCode(request, account, code, newPassword);
        const given = textField(request, 'security_answer');
        if (given !== undefined && newPassword !== undefined) return resetByAnswer(request, account, given, newPassword);
      }
      throw BadRequest('Not enough information provided to change password.');
    },
  };
}

interface Account {
  readonly column: 'email' | 'username';
  readonly value: string;
}

function accountOf(request: ServiceRequest): Account | undefined {
  const email = textField(request, 'email');
  if (email !== undefined) return { column: 'email', value: email };
  const username = textField(request, 'username');
  return username === undefined ? undefined : { column: 'username', value: username };
}

function hasQuestion(user: UserRow): boolean {
  return Boolean(user.security_question) && Boolean(user.security_answer);
}

function requireGoodPassword(password: string): void {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw ValidationFailed([problem]);
}
