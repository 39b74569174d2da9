import {
  answer,
  bodyObject,
  isJsonObject,
  type JsonObject,
  NotImplemented,
  RegistrationClosed,
  RegistrationInvalid,
  type ServiceRequest,
  type SystemResource,
  UnsupportedVerb,
} from '@headgate/core';
import type { Change, Configuration, Values } from '@headgate/system-db';
import { any, appRoleMapTable, equals, UniqueViolation, userConfigTable, userTable, userToAppToRoleTable } from '@headgate/system-db';
import {
  emailProblem,
  nameProblem,
  namesFromEmail,
  passwordProblem,
  phoneProblem,
  textProblem,
  usernameProblem,
} from '../passwords/account-rules.js';
import { beginSession } from './login.js';
import { optionsOf, type SignOnParts } from './sign-on-parts.js';

type Problems = Map<string, string[]>;

interface Registration {
  readonly email: string;
  readonly username: string;
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string | null;
  readonly securityQuestion: string | null;
  readonly securityAnswer: string | undefined;
  /** Undefined where none was sent; needed unless a mail confirms the account. */
  readonly password: string | undefined;
  readonly passwordConfirmation: string | undefined;
}

/** `user/register` (rest-core.md 5.4). */
export function registerResource(parts: SignOnParts): SystemResource {
  const { db, passwords, state } = parts;

  const register = async (request: ServiceRequest) => {
    const registration = readRegistration(bodyObject(request.body));
    const configuration = await state.current();
    const serviceId = configuration.servicesByName.get(request.service)?.id;
    const config = serviceId === undefined ? undefined : await db.findOne(userConfigTable, equals('service_id', serviceId));
    if (serviceId === undefined || config === undefined || !config.allow_open_registration) throw RegistrationClosed();
    if (config.open_reg_email_service_id !== null) {
      throw NotImplemented(
        'Registration that is confirmed by mail is not implemented in this version. Unset open_reg_email_service_id of the user service.',
      );
    }
    requirePassword(registration);
    const [password, securityAnswer] = await Promise.all([
      passwords.hash(registration.password!),
      registration.securityAnswer === undefined ? undefined : passwords.hash(registration.securityAnswer),
    ]);
    const answered: JsonObject = await uniquely(() =>
      db.change(async (change) => {
        await requireUnique(change, registration);
        const user = await change.insert(userTable, { ...valuesOf(registration), password, security_answer: securityAnswer ?? null });
        await assignRoles(change, configuration, user.id, serviceId, config.open_reg_role_id);
        change.raise(`user:${user.id}`);
        if (!optionsOf(request).flag('login')) return { success: true };
        const { token } = await beginSession(parts, change, request, user.id, 'user');
        return { success: true, session_token: token };
      }),
    );
    return answer(answered);
  };

  return {
    name: 'register',
    label: 'Register',
    description: 'Make an account for oneself, where the configuration allows it.',
    async handle(request, path) {
      if (path.length > 0 || !['POST', 'PUT', 'PATCH'].includes(request.verb))
        throw UnsupportedVerb(request.verb, 'register', path.join('/'));
      return register(request);
    },
  };
}

/** Checks the form of every field; what the database must be asked for comes later, so that a closed registration tells nothing. */
function readRegistration(body: JsonObject): Registration {
  const problems: Problems = new Map();
  const check = (field: string, problem: string | undefined) => {
    if (problem !== undefined) problems.set(field, [...(problems.get(field) ?? []), problem]);
  };
  const optional = (field: string, rule: (value: unknown) => string | undefined): string | undefined => {
    const value = body[field];
    if (value === undefined || value === null || value === '') return undefined;
    check(field, rule(value));
    return typeof value === 'string' ? value : undefined;
  };

  check('email', emailProblem(body.email));
  const email = typeof body.email === 'string' ? body.email : '';
  const made = namesFromEmail(email);
  const firstName = optional('first_name', (value) => textProblem(value, 'first_name')) ?? made.first;
  const lastName = optional('last_name', (value) => textProblem(value, 'last_name')) ?? made.last;
  const registration: Registration = {
    email,
    firstName,
    lastName,
    name: optional('name', nameProblem) ?? `${firstName} ${lastName}`.trim(),
    username: optional('username', usernameProblem) ?? email,
    phone: optional('phone', phoneProblem) ?? null,
    securityQuestion: optional('security_question', (value) => textProblem(value, 'security_question')) ?? null,
    securityAnswer: optional('security_answer', (value) => textProblem(value, 'security_answer')),
    password: optional('new_password', passwordProblem) ?? optional('password', passwordProblem),
    passwordConfirmation: optional('password_confirmation', () => undefined),
  };
  if (registration.password !== undefined && (registration.passwordConfirmation ?? registration.password) !== registration.password) {
    check('password', 'The password field confirmation does not match.');
  }
  refuse(problems);
  return registration;
}

function requirePassword(registration: Registration): void {
  const problem = passwordProblem(registration.password);
  if (problem !== undefined) refuse(new Map([['password', [problem]]]));
}

async function requireUnique(change: Change, { email, username }: Registration): Promise<void> {
  const taken = await change.find(userTable, { where: any(equals('email', email), equals('username', username)) });
  const problems: Problems = new Map();
  if (taken.some((user) => user.email.toLowerCase() === email.toLowerCase())) problems.set('email', ['The email has already been taken.']);
  else if (taken.length > 0) problems.set('username', ['The username has already been taken.']);
  refuse(problems);
}

/** The role of open registration for every app, those of the service's map before it. */
async function assignRoles(
  change: Change,
  configuration: Configuration,
  userId: number,
  serviceId: number,
  roleId: number | null,
): Promise<void> {
  const roles = new Map<number, number>();
  if (roleId !== null) for (const appId of configuration.apps.keys()) roles.set(appId, roleId);
  for (const row of await change.find(appRoleMapTable, { where: equals('service_id', serviceId) })) {
    if (row.app_id !== null && row.role_id !== null) roles.set(row.app_id, row.role_id);
  }
  for (const [app_id, role_id] of roles) await change.insert(userToAppToRoleTable, { user_id: userId, app_id, role_id });
}

function valuesOf(registration: Registration): Values<typeof userTable> {
  return {
    email: registration.email,
    username: registration.username,
    name: registration.name,
    first_name: registration.firstName,
    last_name: registration.lastName,
    phone: registration.phone,
    security_question: registration.securityQuestion,
    is_active: true,
    is_sys_admin: false,
  };
}

function refuse(problems: Problems): void {
  if (problems.size === 0) return;
  const context: unknown = Object.fromEntries(problems);
  throw RegistrationInvalid().withContext(isJsonObject(context) ? context : null);
}

async function uniquely<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    throw RegistrationInvalid().withContext({ email: ['The email has already been taken.'] });
  }
}
