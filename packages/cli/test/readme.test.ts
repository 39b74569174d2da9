import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { headgate, serve, temporaryFolder } from './command.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** The shell blocks below a heading, in order. */
function blocksOf(heading: string): string[] {
  const section = README.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
}

async function shell(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', script]);
  return stdout;
}

describe('the README', () => {
  it('shows calls that work as they stand', async () => {
    const data = temporaryFolder();
    const password = 'a-long-test-password';
    const running = await serve(['start', '--port', '0', '--data', data], 'Ctrl-C stops.', {
      env: { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: password },
    });
    const address = /serves (http:\/\/localhost:\d+)/.exec(running.stdout)?.[1] ?? '';
    const [logIn = '', makeRole = '', makeApp = ''] = blocksOf('Make a role and a key');
    const [query = ''] = blocksOf('Query');
    const session = logIn.replace('http://localhost:8080', address).replace('"..."', `"${password}"`);

    const role = JSON.parse(await shell(`${session}${makeRole}`));
    const roleId: number = role.resource[0].id;
    const app = JSON.parse(await shell(`${session}${makeApp.replace('"role_id": 3', `"role_id": ${roleId}`)}`));
    const key: string = app.resource[0].api_key;
    expect(key).toMatch(/^\w{64}$/);

    const answer = JSON.parse(await shell(`API=${address}/api/v2\nKEY=${key}\n${query.replace('curl', 'curl -s')}`));
    expect(answer.resource.map((record: { last_name: string }) => record.last_name)).toEqual(['Halden']);
    expect(answer.meta.count).toBe(1);
    const inactive = await fetch(`${address}/api/v2/db/_table/contact?filter=last_name%3DHaddad`, {
      headers: { 'X-DreamFactory-API-Key': key },
    });
    expect(await inactive.text()).not.toContain('noor@');
    const elsewhere = await fetch(`${address}/api/v2/db/_table/company`, { headers: { 'X-DreamFactory-API-Key': key } });
    expect([401, 403]).toContain(elsewhere.status);
  });

  it('names commands and flags that exist', async () => {
    const commands = [...README.matchAll(/^\.\/headgate (\w+)(.*)$/gm)];
    expect(commands.length).toBeGreaterThan(1);
    for (const [, command = '', rest = ''] of commands) {
      const { code, stdout } = await headgate([command, '--help']);
      expect(code).toBe(0);
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(stdout).toContain(flag);
    }
  });
});
