import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { connectionOf, startApi } from '../hostile/support/guarded-api.js';

const GROUPS = 4;
const ROWS = 800;
/** Characters of a row at least: an answer is more than the system's buffers of a connection take. */
const LONG = 6000;
const database = await postgresServer();

describe.skipIf(database === undefined)('answers of several megabytes', () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  let token: string;

  beforeAll(async () => {
    api = await startApi();
    const table = `CREATE TABLE IF NOT EXISTS notes AS SELECT g * ${ROWS} + i AS id, g AS team, repeat(chr(97 + g), ${LONG} + i % 300) AS text
      FROM generate_series(0, ${GROUPS - 1}) g, generate_series(1, ${ROWS}) i`;
    await api.admin('POST', 'system/service', {
      resource: [
        {
          name: 'large',
          label: 'L',
          type: 'pgsql',
          is_active: true,
          config: { ...connectionOf(database!), statements: [table], pool_max: 4 },
        },
      ],
    });
    token = await api.headgate.token();
  });
  afterAll(() => api?.close());

  const get = (team: number, take: (response: IncomingMessage, sent: ClientRequest) => void) =>
    new Promise<void>((resolve, reject) => {
      const target = `${api.headgate.origin}/api/v2/large/_table/notes?filter=team%3D${team}&order=id`;
      const sent = request(target, { headers: { 'X-DreamFactory-Session-Token': token }, agent: false }, (response) => {
        response.once('close', resolve);
        take(response, sent);
      });
      sent.once('error', reject);
      sent.end();
    });

  it('are whole and the right ones, beside readers that are slow and ones that leave', { timeout: 60_000 }, async () => {
    const seen: string[] = [];
    const whole = (team: number) =>
      get(team, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const { resource } = JSON.parse(Buffer.concat(chunks).toString()) as { resource: { id: number; team: number; text: string }[] };
          const letter = String.fromCharCode(97 + team);
          const isRight = resource.every(
            ({ id, text }, index) => id === team * ROWS + index + 1 && text === letter.repeat(LONG + ((index + 1) % 300)),
          );
          seen.push(isRight && resource.length === ROWS ? 'right' : `wrong for ${team}`);
        });
      });
    /** Takes a little, then nothing while the others have theirs, then the rest. */
    const slow = (team: number, others: Promise<unknown>) =>
      get(team, (response) => {
        const chunks: Buffer[] = [];
        response.once('readable', () => {
          chunks.push(response.read() as Buffer);
          void others.then(() => {
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
          });
        });
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const other = /"team":(?!TEAM,)\d+/.source.replace('TEAM', String(team));
          seen.push(new RegExp(other).test(text) || text.match(/"id"/g)?.length !== ROWS ? `wrong for slow ${team}` : 'right');
        });
      });
    const leaving = (team: number) =>
      get(team, (response, sent) => {
        response.once('data', () => sent.destroy());
        response.once('error', () => {});
      }).catch(() => {});

    for (let round = 0; round < 4; round++) {
      const teams = Array.from({ length: GROUPS }, (_, team) => team);
      const quick = Promise.all(teams.flatMap((team) => [whole(team), leaving((team + 2) % GROUPS), whole((team + 1) % GROUPS)]));
      await Promise.all([quick, ...teams.map((team) => slow(team, quick))]);
    }
    expect(seen.filter((verdict) => verdict !== 'right')).toEqual([]);
    expect(seen).toHaveLength(4 * GROUPS * 3);
  });
});
