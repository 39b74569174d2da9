import {
  answer,
  BadRequest,
  bodyObject,
  type JsonObject,
  NoSession,
  NotFound,
  type ServiceRequest,
  type ServiceResponse,
  type SystemResource,
  Unauthorized,
  UnsupportedVerb,
  ValidationFailed,
} from '@headgate/core';
import type { RecordReader, Values } from '@headgate/system-db';
import { all, equals, UniqueViolation, userTable } from '@headgate/system-db';
import { emailProblem, nameProblem, phoneProblem, textProblem, usernameProblem } from '../passwords/account-rules.js';
import { LONGEST_PASSWORD } from '../passwords/passwords.js';
import { beginSession } from './login.js';
import { type Side, type SignOnParts, textField, type UserRow } from './sign-on-parts.js';

type UserValues = Values<typeof userTable>;

/** Fields of the profile that their owner may write, `email` and `security_answer` aside, and what they must be. */
const TEXT_FIELDS = {
  username: usernameProblem,
  first_name: (value: unknown) => textProblem(value, 'first_name'),
  last_name: (value: unknown) => textProblem(value, 'last_name'),
  name: nameProblem,
  phone: phoneProblem,
  security_question: (value: unknown) => textProblem(value, 'security_question'),
} as const;

type TextField = keyof typeof TEXT_FIELDS;

/** Fields that cannot be emptied. */
const REQUIRED = new Set<string>(['name']);

/** `user/profile` and `system/admin/profile` (rest-core.md 5.3). */
export function profileResource(parts: SignOnParts, side: Side): SystemResource {
  const { db, passwords, throttle, settings } = parts;

  const ownRow = async (request: ServiceRequest, missing: () => Error): Promise<UserRow> => {
    const { user } = request.caller;
    if (user === undefined) throw missing();
    if (side === 'admin' && !user.isSysAdmin) throw Unauthorized('You are not authorized to perform this action.');
    const row = await db.findOne(userTable, equals('id', user.id));
    if (row === undefined) throw missing();
    return row;
  };

  const show = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const user = await ownRow(request, NoSession);
    return answer({
      username: user.username,
      first_name: user.first_name,
      last_name: user.last_name,
      name: user.name,
      email: user.email,
      phone: user.phone,
      security_question: user.security_question,
      default_app_id: user.default_app_id,
      oauth_provider: user.oauth_provider ?? '',
      adldap: user.adldap ?? '',
    });
  };

  const update = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const user = await ownRow(request, () => NotFound('No user session found.'));
    const body = bodyObject(request.body);
    if (Object.keys(body).length === 0) throw BadRequest('No data supplied for operation.');
    const values = readValues(body, user);
    const isNewEmail = values.email !== undefined && values.email !== user.email;
    if (isNewEmail) await requirePassword(request, user);
    const answerText = body.security_answer;
    if (typeof answerText === 'string' && answerText !== '') values.security_answer = await passwords.hash(answerText);
    if (Object.keys(values).length === 0) return answer({ success: true });

    const answered: JsonObject = await uniquely(() =>
      db.change(async (change) => {
        await requireUnique(change, user, values);
        await change.update(userTable, equals('id', user.id), values);
        change.raise(`user:${user.id}`);
        if (!isNewEmail) return { success: true };
        // Tokens are bound to the email: those of the old one are dead now.
        const { token } = await beginSession(parts, change, request, user.id, side);
        return { success: true, session_token: token };
      }),
    );
    return answer(answered);
  };

  const requirePassword = async (request: ServiceRequest, user: UserRow): Promise<void> => {
    const current = textField(request, 'current_password');
    if (current === undefined) throw BadRequest('Current Password required to change email');
    const attempt = await throttle.begin(user[settings.loginAttribute] ?? user.email, request.origin.address);
    try {
      if (!(await passwords.verify(current, user.password))) {
        attempt.failed();
        throw BadRequest('The password supplied does not match.');
      }
      attempt.succeeded();
    } finally {
      attempt.neutral();
    }
  };

  return {
    name: side === 'admin' ? 'admin/profile' : 'profile',
    label: side === 'admin' ? 'Admin Profile' : 'Profile',
    description: "Look at and change one's own account.",
    async handle(request, path) {
      if (path.length > 0) throw UnsupportedVerb(request.verb, 'profile', path.join('/'));
      switch (request.verb) {
        case 'GET':
        case 'HEAD':
          return show(request);
        case 'POST':
        case 'PUT':
        case 'PATCH':
          return update(request);
        default:
          throw UnsupportedVerb(request.verb, 'profile', '');
      }
    },
  };
}

/** What a body changes; fields that nobody may write through the profile are left out. */
function readValues(body: JsonObject, user: UserRow): UserValues {
  const values: UserValues = {};
  const problems: string[] = [];
  for (const field of Object.keys(TEXT_FIELDS) as TextField[]) {
    const value = body[field];
    if (value === undefined || value === user[field]) continue;
    if ((value === null || value === '') && !REQUIRED.has(field)) {
      values[field as Exclude<TextField, 'name'>] = null;
      continue;
    }
    const problem = TEXT_FIELDS[field](value);
    if (problem !== undefined) problems.push(problem);
    else values[field] = value as string;
  }
  if (body.email !== undefined && body.email !== user.email) {
    const problem = emailProblem(body.email);
    if (problem !== undefined) problems.push(problem);
    else values.email = body.email as string;
  }
  const { default_app_id: app, security_answer: given } = body;
  if (app === null || (typeof app === 'number' && Number.isInteger(app) && app > 0)) values.default_app_id = app;
  else if (app !== undefined) problems.push('The default_app_id field must be an integer.');
  if (typeof given === 'string' && given.length > LONGEST_PASSWORD) problems.push('The security_answer field is too long.');
  else if (given !== undefined && given !== null && typeof given !== 'string') problems.push('The security_answer field must be a string.');
  if (problems.length > 0) throw ValidationFailed(problems);
  return values;
}

async function requireUnique(reader: RecordReader, user: UserRow, values: UserValues): Promise<void> {
  for (const column of ['username', 'email'] as const) {
    const value = values[column];
    if (typeof value !== 'string') continue;
    const others = all(equals(column, value), { kind: 'compare', column: 'id', operator: '!=', value: user.id });
    if ((await reader.count(userTable, others)) > 0) throw ValidationFailed([`The ${column} has already been taken.`]);
  }
}

/** The same answer where another change took the value between the check and the write. */
async function uniquely<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UniqueViolation) throw ValidationFailed(['The email has already been taken.']);
    throw error;
  }
}
