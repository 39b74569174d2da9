import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { expectHonestAnswer } from './support/contract.js';
import { type App, type GuardedApi, ownNotes, READ_WRITE, startGuardedApi } from './support/guarded-api.js';
import type { CallOptions } from './support/http.js';
import { ThreadTimeProbe } from './support/thread-time.js';

const database = await postgresServer();

/** Milliseconds that one input may keep every other call waiting. */
const LONGEST_TURN = 50;
/** Work below this is not worth comparing: the call itself costs as much. */
const LEAST = 10;
const RUNS = 3;

const KIB = 1024;
const MIB = 1024 * KIB;

type Who = 'own' | 'all' | 'admin' | 'nobody';
type Shape = readonly [what: string, who: Who, size: number, make: (size: number) => readonly [target: string, options: CallOptions]];

const list = (count: number, item: (index: number) => string, separator = ',') =>
  Array.from({ length: Math.floor(count) }, (_, index) => item(index)).join(separator);

/** A read whose options are too long for a URL. */
const read = (target: string, body: unknown): readonly [string, CallOptions] => [
  target,
  { method: 'POST', headers: { 'x-http-method': 'GET' }, body },
];
const filtered = (filter: string) => read('crm/_table/note', { filter, fields: 'id' });
const typed = (type: string, target: string, body: string): readonly [string, CallOptions] => [
  target,
  { method: 'POST', headers: { 'content-type': type }, body },
];
const xml = (body: string) => typed('application/xml', 'crm/_table/note', body);
const json = (body: string) => typed('application/json', 'crm/_table/note', body);
const csv = (body: string) => typed('text/csv', 'crm/_table/note', body);

/** Each at half the size and at the size itself, which lies at or above what is allowed. */
const SHAPES: readonly Shape[] = [
  // filter
  ['parentheses', 'own', 512 * KIB, (size) => filtered('('.repeat(size))],
  ['a thousand parentheses in each other', 'own', 1000, (size) => filtered(`${'('.repeat(size)}id = 1${')'.repeat(size)}`)],
  ['negations', 'own', 500 * KIB, (size) => filtered(`${'not '.repeat(size / 4)}id = 1`)],
  ['negations in parentheses', 'own', 1000, (size) => filtered(`${'not ('.repeat(size)}id = 1${')'.repeat(size)}`)],
  ['comparisons joined by or', 'own', 10_000, (size) => filtered(list(size, (index) => `id = ${index}`, ' or '))],
  ['comparisons joined by and', 'own', 10_000, (size) => filtered(list(size, () => "title = 'x'", ' and '))],
  ['values of a list', 'own', 60_000, (size) => filtered(`id in (${list(size, String)})`)],
  ['texts of a list', 'own', 40_000, (size) => filtered(`title in (${list(size, (index) => `'t${index}'`)})`)],
  ['one long text', 'own', 500 * KIB, (size) => filtered(`title = '${'x'.repeat(size)}'`)],
  ['a long pattern', 'own', 500 * KIB, (size) => filtered(`title like '${'%a'.repeat(size / 2)}'`)],
  ['doubled quotes', 'own', 500 * KIB, (size) => filtered(`title = '${"''".repeat(size / 2)}'`)],
  ['open braces', 'own', 500 * KIB, (size) => filtered(`title = '${'{'.repeat(size)}'`)],
  ['unknown lookups', 'own', 500 * KIB, (size) => filtered(`title = '${'{a}'.repeat(size / 3)}'`)],
  ['lookups', 'own', 500 * KIB, (size) => filtered(`title = '${'{app.id}'.repeat(size / 8)}'`)],
  ['modifiers in each other', 'own', 500 * KIB, (size) => filtered(`title = '{${'trim('.repeat(size / 5)}x${')'.repeat(size / 5)}}'`)],
  ['a long number', 'own', 500 * KIB, (size) => filtered(`big = ${'9'.repeat(size)}`)],
  ['a long decimal', 'own', 500 * KIB, (size) => filtered(`amount = 1.${'0'.repeat(size)}1`)],
  ['a long field name', 'own', 500 * KIB, (size) => filtered(`${'x'.repeat(size)} = 1`)],
  ['a long date', 'own', 500 * KIB, (size) => filtered(`at = ${'1'.repeat(size)}`)],
  ['a long base64', 'own', 500 * KIB, (size) => filtered(`file = ${' A'.repeat(size / 2)}`)],
  [
    'parameters',
    'own',
    100_000,
    (size) =>
      read('crm/_table/note', {
        filter: 'id = :p1',
        params: Object.fromEntries(Array.from({ length: size }, (_, index) => [`:p${index}`, index])),
      }),
  ],
  [
    'a list as a parameter',
    'own',
    60_000,
    (size) => read('crm/_table/note', { filter: 'id in (:p)', params: { ':p': Array.from({ length: size }, (_, index) => index) } }),
  ],
  // the other options
  ['fields', 'all', 100_000, (size) => read('crm/_table/note', { fields: list(size, () => 'id') })],
  ['different unknown fields', 'all', 100_000, (size) => read('crm/_table/note', { fields: list(size, (index) => `x${index}`) })],
  ['a long order', 'all', 100_000, (size) => read('crm/_table/note', { order: list(size, () => 'id desc') })],
  ['blanks in an order', 'all', MIB, (size) => read('crm/_table/note', { order: `id${' '.repeat(size)}desc` })],
  ['ids', 'all', 100_000, (size) => read('crm/_table/note', { ids: list(size, String) })],
  ['ids as a list', 'all', 100_000, (size) => read('crm/_table/note', { ids: Array.from({ length: size }, (_, index) => index) })],
  ['ids of two columns', 'all', 50_000, (size) => read('crm/_table/pair', { ids: list(size, (index) => `(${index},x)`) })],
  ['the same id', 'all', 100_000, (size) => read('crm/_table/note', { ids: list(size, () => '1') })],
  ['parentheses as ids', 'all', MIB, (size) => read('crm/_table/pair', { ids: '('.repeat(size) })],
  ['a long query', 'all', 14 * KIB, (size) => [`crm/_table/note?${'a=1&'.repeat(size / 4)}`, {}]],
  ['maps in a query', 'all', 14 * KIB, (size) => [`crm/_table/note?${'a[b]=1&'.repeat(size / 7)}`, {}]],
  ['a long path', 'all', 14 * KIB, (size) => [`crm/_table/note/${'x/'.repeat(size / 2)}`, {}]],
  ['percent signs in a path', 'all', 12 * KIB, (size) => [`crm/_table/${'%41'.repeat(size / 3)}`, {}]],
  ['a long table name', 'all', 14 * KIB, (size) => [`crm/_table/${'x'.repeat(size)}`, {}]],
  ['a long service name', 'all', 14 * KIB, (size) => [`${'x'.repeat(size)}/_table`, {}]],
  ['accepted types', 'all', 12 * KIB, (size) => ['crm/_table/note', { headers: { accept: 'a/b;q=0.5,'.repeat(size / 10) } }]],
  ['forwarding addresses', 'nobody', 12 * KIB, (size) => ['', { headers: { 'x-forwarded-for': '127.0.0.1,'.repeat(size / 10) } }]],
  ['a long token', 'nobody', MIB, (size) => read('system/role', { session_token: `${'A'.repeat(size / 2)}.${'A'.repeat(size / 2)}.A` })],
  ['dots as a token', 'nobody', MIB, (size) => read('system/role', { session_token: '.'.repeat(size) })],
  ['a long key', 'nobody', MIB, (size) => read('system/role', { api_key: 'A'.repeat(size) })],
  [
    'a long email',
    'nobody',
    MIB,
    (size) => ['user/session', { method: 'POST', body: { email: `${'a'.repeat(size)}@example.com`, password: 'x' } }],
  ],
  [
    'a long password',
    'nobody',
    MIB,
    (size) => ['user/session', { method: 'POST', body: { email: 'a@example.com', password: 'x'.repeat(size) } }],
  ],
  // bodies
  ['records', 'own', 20_000, (size) => json(`{"resource":[${list(size, () => '{"owner_id":8,"title":"x"}')}]}`)],
  ['records that fail', 'own', 20_000, (size) => json(`{"resource":[${list(size, () => '{"owner_id":"x"}')}]}`)],
  ['fields of a record', 'own', 100_000, (size) => json(`{"resource":[{${list(size, (index) => `"f${index}":1`)}}]}`)],
  ['braces', 'own', 4 * MIB, (size) => json('[{"a":'.repeat(size / 6))],
  ['lists in each other', 'own', 4 * MIB, (size) => json(`${'['.repeat(size / 2)}${']'.repeat(size / 2)}`)],
  [
    'a value of lists in each other',
    'all',
    200 * KIB,
    (size) => json(`{"resource":[{"owner_id":8,"data":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}]}`),
  ],
  [
    'arrays in each other',
    'all',
    200 * KIB,
    (size) => json(`{"resource":[{"owner_id":8,"tags":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}]}`),
  ],
  ['a long text', 'own', 8 * MIB, (size) => json(`{"resource":[{"owner_id":8,"title":"${'x'.repeat(size)}"}]}`)],
  ['a text of lookups', 'own', 4 * MIB, (size) => json(`{"resource":[{"owner_id":8,"title":"${'{a}'.repeat(size / 3)}"}]}`)],
  ['escapes', 'own', 4 * MIB, (size) => json(`{"resource":[{"owner_id":8,"title":"${'\\u0041'.repeat(size / 6)}"}]}`)],
  ['a long number', 'own', 4 * MIB, (size) => json(`{"resource":[{"owner_id":${'9'.repeat(size)}}]}`)],
  ['a long exponent', 'own', 4 * MIB, (size) => json(`{"resource":[{"owner_id":1e${'9'.repeat(size)}}]}`)],
  ['base64', 'own', 4 * MIB, (size) => json(`{"resource":[{"owner_id":8,"file":"${'AAAA'.repeat(size / 4)}"}]}`)],
  ['elements', 'own', 4 * MIB, (size) => xml(`<resource>${'<title>x</title>'.repeat(size / 16)}</resource>`)],
  ['elements in each other', 'own', 4 * MIB, (size) => xml('<a>'.repeat(size / 3))],
  [
    'a billion laughs',
    'own',
    4 * MIB,
    (size) =>
      xml(
        `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(10)}">${list(size / 40, (index) => `<!ENTITY c${index} "&b;&b;&b;&b;">`, '')}]><a>&c0;</a>`,
      ),
  ],
  ['references', 'own', 4 * MIB, (size) => xml(`<resource><title>${'&#65;'.repeat(size / 5)}</title></resource>`)],
  ['rows', 'own', 200_000, (size) => csv(`owner_id,title\n${'8,x\n'.repeat(size)}`)],
  ['an open quote', 'own', 4 * MIB, (size) => csv(`title\n"${'x\n'.repeat(size / 2)}`)],
  ['quotes', 'own', 4 * MIB, (size) => csv(`title\n${'"'.repeat(size)}`)],
  ['columns', 'own', MIB, (size) => csv(`${list(size / 8, (index) => `c${index}`)}\n${list(size / 8, () => '1')}\n`)],
  ['form fields', 'nobody', MIB, (size) => typed('application/x-www-form-urlencoded', 'user/session', 'a=1&'.repeat(size / 4))],
  ['a body of no type', 'own', 4 * MIB, (size) => typed('', 'crm/_table/note', ' '.repeat(size))],
  // the system service, whose database is in the process
  ['system: comparisons', 'admin', 10_000, (size) => read('system/role', { filter: list(size, (index) => `id = ${index}`, ' or ') })],
  [
    'system: comparisons in parentheses',
    'admin',
    1000,
    (size) => read('system/role', { filter: `${'('.repeat(size)}id = 1${')'.repeat(size)}` }),
  ],
  [
    'system: negations in parentheses',
    'admin',
    1000,
    (size) => read('system/role', { filter: `${'not ('.repeat(size)}id = 1${')'.repeat(size)}` }),
  ],
  ['system: xor', 'admin', 10_000, (size) => read('system/role', { filter: list(size, (index) => `id = ${index}`, ' xor ') })],
  [
    'system: xor in parentheses',
    'admin',
    1000,
    (size) => read('system/role', { filter: `${'('.repeat(size)}id = 0${' xor id = 1)'.repeat(size)}` }),
  ],
  ['system: values of a list', 'admin', 60_000, (size) => read('system/role', { filter: `id in (${list(size, String)})` })],
  ['system: ids', 'admin', 100_000, (size) => read('system/role', { ids: list(size, String) })],
  ['system: wildcards', 'admin', 120, (size) => read('system/email_template', { filter: `body_html like '${'%a'.repeat(size)}%zzz'` })],
  [
    'system: many wildcards',
    'admin',
    400 * KIB,
    (size) => read('system/email_template', { filter: `body_html like '${'%a'.repeat(size / 2)}%zzz'` }),
  ],
  ['system: fields', 'admin', 100_000, (size) => read('system/role', { fields: list(size, () => 'id') })],
  ['system: an order', 'admin', 100_000, (size) => read('system/role', { order: list(size, () => 'id') })],
  ['system: relations', 'admin', 100_000, (size) => read('system/role', { related: list(size, () => 'app_by_role_id') })],
  [
    'system: a large value',
    'admin',
    4 * MIB,
    (size) => ['system/custom', { method: 'POST', body: { resource: [{ name: 'x'.repeat(300), value: 'x'.repeat(size) }] } }],
  ],
  [
    'system: records',
    'admin',
    4_000,
    (size) => [
      'system/role',
      { method: 'POST', body: { resource: Array.from({ length: size }, () => ({ name: 'x'.repeat(100) })) }, query: { rollback: 'true' } },
    ],
  ],
  [
    'system: rows of a role',
    'admin',
    20_000,
    (size) => [
      'system/role',
      {
        method: 'POST',
        body: {
          resource: [
            {
              name: 'x'.repeat(100),
              role_service_access_by_role_id: Array.from({ length: size }, () => ({ service_id: 1, component: '*', verb_mask: 1 })),
            },
          ],
        },
      },
    ],
  ],
];

describe.skipIf(!database)('no input costs much', () => {
  let api: GuardedApi;
  let probe: ThreadTimeProbe;
  let own: App;
  let all: App;
  let token: string;

  beforeAll(async () => {
    probe = new ThreadTimeProbe();
    api = await startGuardedApi({ database: database!, env: probe.env });
    own = await api.appWith('own-notes', [ownNotes()]);
    all = await api.appWith('all', [{ service: 'crm', component: '*', verbs: READ_WRITE }]);
    token = await api.headgate.token();
    await api.admin('POST', 'system/email_template', { resource: [{ name: 'long', body_html: 'a'.repeat(60_000) }] });
  });

  afterAll(async () => {
    probe?.close();
    await api?.close();
  });

  const credentials = (who: Who): CallOptions => ({ own: { key: own.key }, all: { key: all.key }, admin: { token }, nobody: {} })[who];

  it.each(SHAPES)('%s, sent by %s', async (what, who, size, make) => {
    const prepared = [size / 2, size].map((each) => make(each));
    const send = async ([target, options]: readonly [string, CallOptions]) => {
      const answer = await api.call(target, { ...options, ...credentials(who) });
      expectHonestAnswer(answer, what);
    };
    // What a thing costs the first time, compiling included, is nothing of the input.
    await send(prepared[0]!);
    let longest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && longest >= LONGEST_TURN; run++)
      longest = Math.min(longest, (await probe.measure(() => send(prepared[1]!), true)).longest);
    expect(longest, 'milliseconds in one turn').toBeLessThan(LONGEST_TURN);

    let ratio = Number.POSITIVE_INFINITY;
    const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let run = 0; run < RUNS && ratio > 2.5; run++) {
      for (const [index, one] of prepared.entries())
        best[index] = Math.min(best[index]!, (await probe.measure(() => send(one), false)).total);
      ratio = best[1]! / Math.max(best[0]!, LEAST);
    }
    expect(ratio, `${best.map((ms) => ms.toFixed(1)).join(' ms and ')} ms for twice as much`).toBeLessThanOrEqual(2.5);
  });
});
