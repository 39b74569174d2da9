import { choice, clampedInteger, duration, flag, list, matching, secretText, text } from '../kinds.js';
import { setting } from '../setting.js';

export const auth = {
  jwtSecret: setting('JWT_SECRET', secretText(), 'Signs session tokens.', { secret: true, defaultText: '`APP_KEY`, as written' }),
  jwtAlgorithm: setting('JWT_ALGO', choice(['HS256', 'HS384', 'HS512']), 'The algorithm of session tokens.', { default: 'HS256' }),
  jwtTtl: setting('DF_JWT_TTL', duration('min'), 'How long a session token is valid.', { default: 1440 * 60_000, aliases: ['JWT_TTL'] }),
  jwtRefreshTtl: setting('DF_JWT_REFRESH_TTL', duration('min'), 'How long after its issue a session token can be refreshed.', {
    default: 20_160 * 60_000,
    aliases: ['JWT_REFRESH_TTL'],
  }),
  jwtRefreshGrace: setting('JWT_BLACKLIST_GRACE_PERIOD', duration('s'), 'How long a refreshed token goes on working beside the new one.', {
    default: 0,
  }),
  jwtBlacklist: setting('JWT_BLACKLIST_ENABLED', flag(), 'Ended sessions are refused.', {
    default: true,
    ignoredValues: Object.fromEntries(['false', '0', 'no', 'off'].map((word) => [word, 'ended sessions stay refused'])),
  }),
  jwtUserClaims: setting(
    'DF_JWT_USER_CLAIM',
    list('a comma list of columns of a user', (entry) => /^[a-z_]+$/.test(entry)),
    'Columns of the user that are copied into the session token.',
    { default: [], defaultText: 'none' },
  ),
  allowForeverSessions: setting('DF_ALLOW_FOREVER_SESSIONS', flag(), 'Tokens of a login with `remember_me` can be refreshed for ever.', {
    default: false,
    aliases: ['ALLOW_FOREVER_SESSIONS'],
  }),
  loginAttribute: setting('DF_LOGIN_ATTRIBUTE', choice(['email', 'username']), 'What users log in with.', { default: 'email' }),
  confirmCodeLength: setting('DF_CONFIRM_CODE_LENGTH', clampedInteger(5, 32), 'Characters of a confirmation code.', { default: 32 }),
  confirmCodeTtl: setting(
    'DF_CONFIRM_CODE_TTL',
    duration('s'),
    'How long a confirmation code is valid. Seconds; a value of exactly 1440 was meant as minutes in old installations.',
    { default: 86_400_000 },
  ),
  confirmResetUrl: setting('DF_CONFIRM_RESET_URL', text('a path or an address'), 'The page of a password reset, in mails.', {
    default: '/dreamfactory/dist/#/auth/reset-password',
  }),
  confirmInviteUrl: setting('DF_CONFIRM_INVITE_URL', text('a path or an address'), 'The page of an invitation, in mails.', {
    default: '/dreamfactory/dist/#/auth/user-invite',
  }),
  confirmRegisterUrl: setting('DF_CONFIRM_REGISTER_URL', text('a path or an address'), 'The page of a registration, in mails.', {
    default: '/dreamfactory/dist/#/auth/register-confirm',
  }),
  passwordHash: setting(
    'DF_PASSWORD_HASH',
    choice(['argon2id', 'bcrypt']),
    'The hash of new passwords; `bcrypt` while a DreamFactory instance shares the system database. Both verify.',
    { default: 'argon2id' },
  ),
  bcryptRounds: setting('BCRYPT_ROUNDS', clampedInteger(10, 20), 'The cost of new hashes where `DF_PASSWORD_HASH` is `bcrypt`.', {
    default: 12,
  }),
  alternateAuth: setting('DF_ENABLE_ALTERNATE_AUTH', flag(), 'Another table as the store of users.', {
    default: false,
    refused: refusedWhenTrue('Another table as the store of users is not offered: unset it.'),
  }),
  windowsAuth: setting('DF_ENABLE_WINDOWS_AUTH', flag(), 'Sign-on by the web server (Windows).', {
    default: false,
    refused: refusedWhenTrue('Sign-on by the web server is not offered: unset it, and use a sign-on service instead.'),
  }),
  registerContact: setting(
    'DF_REGISTER_CONTACT',
    matching(/^.*$/, 'any text'),
    'Headgate never reports an administrator to anyone, whatever this says.',
    { verdict: 'ignored' },
  ),
} as const;

function refusedWhenTrue(hint: string): Readonly<Record<string, string>> {
  return Object.fromEntries(['true', '1', 'yes', 'on', 'y', 't'].map((word) => [word, hint]));
}
