import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { ADMIN } from '../headgate.js';
import { connectionOf, ownNotes, READ_WRITE, startGuardedApi } from './support/guarded-api.js';
import type { Answer, CallOptions } from './support/http.js';

const [plain, debug] = await Promise.all([postgresServer(), postgresServer()]);

/** Each of its own, so that whatever is found says where it came from. */
const SECRET = {
  servicePassword: 'planted-service-password-q7x1',
  privateLookup: 'planted-private-lookup-q7x2',
  userPassword: 'planted-user-password-q7x3',
  newPassword: 'planted-new-password-q7x4',
  wrongPassword: 'planted-wrong-password-q7x5',
  securityAnswer: 'planted-security-answer-q7x6',
  jwtSecret: 'planted-jwt-secret-0123456789abcdef-q7x7',
  appKey: 'planted-app-key-0123456789abcdef',
  licenseKey: 'planted-license-key-q7x8',
  smtpPassword: 'planted-smtp-password-q7x9',
  privateKey: 'planted-private-key-q7xa',
  unknownKey: 'plantedunknownkeyq7xb'.padEnd(64, '0'),
  unknownToken: `eyJwbGFudGVk.${'planted-unknown-token-q7xc'.padEnd(40, 'x')}.sig`,
  cookie: 'planted-cookie-q7xd',
  confirmCode: 'PLANTEDCONFIRMCODEQ7XE',
} as const;

/** Values of records are nobody's business but the caller's and the database's. */
const RECORD_VALUE = 'planted-record-value-q7xf';

const RUNS = [
  { what: 'without debugging', database: plain, env: { APP_DEBUG: 'false', LOG_FORMAT: 'line' } },
  { what: 'with debugging', database: debug, env: { APP_DEBUG: 'true', LOG_FORMAT: 'json' } },
] as const;

describe.skipIf(!plain || !debug).each(RUNS)('no planted secret is found, $what', ({ database, env }) => {
  it('in any answer or line of a log', async () => {
    const api = await startGuardedApi({
      database: database!,
      env: {
        ...env,
        APP_LOG_LEVEL: 'debug',
        DB_QUERY_LOG_ENABLED: 'true',
        LOG_CHANNEL: 'stack',
        LOG_STACK: 'daily,single,stderr,stdout,syslog',
        DF_SLOW_MS: '0',
        JWT_SECRET: SECRET.jwtSecret,
        APP_KEY: SECRET.appKey,
        DF_LICENSE_KEY: SECRET.licenseKey,
      },
    });
    const answers: string[] = [];
    /** Of the calls whose answers rightly hold a key or a token: what they made. */
    const made: string[] = [];
    const call = async (target: string, options: CallOptions = {}): Promise<Answer> => {
      const answer = await api.call(target, options);
      answers.push(`${options.method ?? 'GET'} ${target}\n${JSON.stringify(answer.headers)}\n${answer.text}`);
      return answer;
    };

    try {
      const token = await api.headgate.token();
      const app = await api.appWith('planted', [ownNotes(), { service: 'user', component: '*', verbs: READ_WRITE }]);
      made.push(token, app.key);
      const admin: CallOptions = { token };
      const key: CallOptions = { key: app.key };

      // Kept secrets, good and bad.
      const broken = { ...connectionOf(database!), password: SECRET.servicePassword, username: 'nobody_of_that_name' };
      const services: readonly (readonly [string, Record<string, unknown>])[] = [
        ['broken', { type: 'pgsql', config: broken }],
        ['unreachable', { type: 'pgsql', config: { ...broken, host: '127.0.0.1', port: 1 } }],
        ['by-lookup', { type: 'pgsql', config: { ...broken, password: '{planted}' } }],
        ['mariadb', { type: 'mariadb', config: { ...broken, host: '127.0.0.1', port: 1 } }],
        ['mail', { type: 'smtp_email', config: { host: '127.0.0.1', port: 1, username: 'x', password: SECRET.smtpPassword } }],
        ['sign-on', { type: 'saml', config: { sp_privateKey: SECRET.privateKey, idp_entityId: 'x' } }],
        ['directory', { type: 'adldap', config: { host: '127.0.0.1', base_dn: 'x', username: 'x', password: SECRET.servicePassword } }],
        ['wrong', { type: 'pgsql', config: { ...broken, host: { password: SECRET.servicePassword } } }],
        ['unknown', { type: 'nosuchtype', config: { password: SECRET.servicePassword } }],
      ];
      await call('system/lookup', {
        ...admin,
        method: 'POST',
        body: { resource: [{ name: 'planted', value: SECRET.privateLookup, private: true }] },
      });
      for (const [name, service] of services) {
        const record = { name, label: name, is_active: true, ...service };
        for (const query of [{ dry_run: 'true' }, { fields: '*' }])
          await call('system/service', { ...admin, method: 'POST', query, body: { resource: [record] } });
        for (const path of [name, `${name}/_table`, `${name}/_schema`, `${name}/_table/x`]) await call(path, admin);
        await call(`system/service?filter=name=${name}`, {
          ...admin,
          method: 'PATCH',
          body: { resource: [{ config: { password: SECRET.servicePassword } }] },
        });
      }
      for (const query of [
        {},
        { fields: '*' },
        { fields: 'name,config' },
        { ids: '1,2,3' },
        { filter: "name = 'broken'" },
        { file: 'x.csv' },
        { accept: 'application/xml' },
      ]) {
        await call('system/service', { ...admin, query });
        await call('system/lookup', { ...admin, query });
      }
      await call('system/lookup?filter=name=planted', { ...admin, method: 'PATCH', body: { resource: [{ private: false }] } });
      for (const where of ['crm/_table/note', 'system/role']) await call(where, { ...admin, query: { filter: "title = '{planted}'" } });
      await call('crm/_table/note', {
        ...key,
        method: 'POST',
        body: { resource: [{ owner_id: 7, title: '{planted}' }] },
        query: { fields: '*' },
      });
      await call('system/environment', admin);
      await call('system/environment');

      // People and their passwords.
      const email = 'planted@example.com';
      const person = {
        email,
        password: SECRET.userPassword,
        security_question: 'q',
        security_answer: SECRET.securityAnswer,
        is_active: true,
      };
      await call('system/user', {
        ...admin,
        method: 'POST',
        query: { fields: '*' },
        body: { resource: [{ ...person, user_to_app_to_role_by_user_id: [{ app_id: app.id, role_id: app.role }] }] },
      });
      await call('system/user', { ...admin, method: 'POST', body: { resource: [person] } });
      await call('system/user', { ...admin, method: 'POST', body: { resource: [{ ...person, email: SECRET.wrongPassword }] } });
      await call('system/user', {
        ...admin,
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: `email,password\nx,"${SECRET.wrongPassword}`,
      });
      await call('system/user?related=user_to_app_to_role_by_user_id,lookup_by_user_id', admin);
      for (const password of [SECRET.wrongPassword, SECRET.userPassword]) {
        const answer = await api.call('user/session', { method: 'POST', body: { email, password } });
        const session = (answer.json as { session_token?: string }).session_token;
        if (session !== undefined) made.push(session);
        else answers.push(answer.text);
      }
      const session = made.at(-1)!;
      await call('user/password', {
        method: 'POST',
        token: session,
        body: { old_password: SECRET.wrongPassword, new_password: SECRET.newPassword },
      });
      await call('user/password', { method: 'POST', query: { reset: 'true' }, body: { email } });
      await call('user/password', {
        method: 'POST',
        body: { email, security_answer: SECRET.wrongPassword, new_password: SECRET.newPassword },
      });
      await call('user/password', { method: 'POST', body: { email, code: SECRET.confirmCode, new_password: SECRET.newPassword } });
      await call('user/register', {
        method: 'POST',
        body: { email: 'new@example.com', new_password: SECRET.newPassword, security_answer: SECRET.securityAnswer },
      });
      await call('user/profile', { ...key, token: session });
      await call('user/profile', {
        ...key,
        token: session,
        method: 'POST',
        body: { email: 'other@example.com', current_password: SECRET.wrongPassword },
      });
      await call('user/password', { method: 'POST', body: { resource: SECRET.newPassword } });
      await call('user/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"email":"x","password":"${SECRET.wrongPassword}"`,
      });
      await call('user/session', {
        method: 'POST',
        headers: { 'content-type': 'application/xml' },
        body: `<a><password>${SECRET.wrongPassword}</a>`,
      });

      // Credentials everywhere, right ones on calls that fail, wrong ones on all.
      for (const target of ['crm/_table/note', 'crm/_table/nosuch', 'system/role', 'nosuch', 'broken/_table', '']) {
        for (const options of [
          { query: { api_key: app.key, session_token: session } },
          {
            query: {
              api_key: SECRET.unknownKey,
              session_token: SECRET.unknownToken,
              password: SECRET.wrongPassword,
              filter: `title = '${SECRET.wrongPassword}'`,
            },
          },
          {
            headers: {
              authorization: `Bearer ${SECRET.unknownToken}`,
              cookie: `session=${SECRET.cookie}`,
              'x-dreamfactory-api-key': SECRET.unknownKey,
            },
          },
          { headers: { authorization: `Basic ${Buffer.from(`${email}:${SECRET.wrongPassword}`).toString('base64')}` } },
          {
            headers: {
              'x-dreamfactory-script-token': SECRET.unknownToken,
              authorization: `Digest ${SECRET.cookie}`,
              origin: 'https://evil.example',
            },
          },
          { method: 'POST', body: { api_key: SECRET.unknownKey, session_token: SECRET.unknownToken, password: SECRET.wrongPassword } },
          { method: 'POST', headers: { 'x-http-method': 'GET' }, body: { api_key: app.key, session_token: session, filter: '(((' } },
        ] satisfies CallOptions[])
          await call(target, options);
      }

      // Records that the database refuses, each in another way.
      for (const record of [
        { owner_id: 7, title: RECORD_VALUE.repeat(20) },
        { owner_id: 7, day: `${RECORD_VALUE}1` },
        { owner_id: 7, at: `2026-99-99 ${RECORD_VALUE}` },
        { owner_id: 7, tags: `{${RECORD_VALUE}` },
        { owner_id: 7, data: `{"${RECORD_VALUE}` },
        { owner_id: 8, title: RECORD_VALUE },
        { id: 1, owner_id: 7, title: RECORD_VALUE },
        { owner_id: 7, amount: RECORD_VALUE },
        { owner_id: 7, title: { expression: RECORD_VALUE } },
      ])
        for (const method of ['POST', 'PATCH']) await call('crm/_table/note', { ...key, method, body: { resource: [record] } });
      for (const filter of [
        `title = '${RECORD_VALUE}'`,
        `at = '1 ${RECORD_VALUE}'`,
        `day > ${RECORD_VALUE}1`,
        `tags = '{${RECORD_VALUE}'`,
        `${RECORD_VALUE} = 1`,
      ])
        await call('crm/_table/note', { ...key, query: { filter } });

      await call('user/session', { ...key, token: session, method: 'DELETE' });
      const last = await api.call('', { headers: { 'x-request-id': 'the-very-last-call' } });
      expect(last.status).toBe(200);

      const files = async (): Promise<string> => {
        const folder = path.join(api.headgate.dataFolder, 'logs');
        return (await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n');
      };
      // Lines are written a moment after their calls.
      await expect.poll(async () => (await files()).split('the-very-last-call').length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
      await expect.poll(() => api.headgate.output(), { timeout: 10_000 }).toContain('the-very-last-call');
      const logs = `${await files()}\n${api.headgate.output()}`;
      expect(logs).toContain('broken');

      const forms = (secret: string) => [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(2, -2),
      ];
      for (const [what, secret] of [...Object.entries(SECRET), ['adminPassword', ADMIN.password] as const]) {
        for (const form of forms(secret)) {
          expect(excerpt(logs, form), `${what} in a log`).toBeUndefined();
          for (const answer of answers) {
            // A caller's own words may come back in a message that names what is wrong with them; what is kept may not.
            if (what === 'wrongPassword' || what === 'unknownKey' || what === 'confirmCode') continue;
            expect(excerpt(answer, form), `${what} in an answer`).toBeUndefined();
          }
        }
      }
      for (const credential of made) {
        expect(excerpt(logs, credential), 'a key or token in a log').toBeUndefined();
        for (const answer of answers) expect(excerpt(answer, credential), 'a key or token in an answer').toBeUndefined();
      }
      expect(excerpt(logs, RECORD_VALUE), 'a value of a record in a log').toBeUndefined();
    } finally {
      await api.close();
    }
  }, 60_000);
});

/** The surroundings of a text in another; undefined where it is not in it. */
function excerpt(text: string, part: string): string | undefined {
  const at = text.indexOf(part);
  return at < 0 ? undefined : text.slice(Math.max(0, at - 300), at + part.length + 100);
}
