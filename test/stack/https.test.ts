import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { connect } from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../headgate.ts';
import { type Stack, startStack } from './compose.ts';

const CERTIFICATES = path.resolve(import.meta.dirname, '../../packages/sql/test/postgres/certificates');

describe('the balancer with a certificate', () => {
  let stack: Stack;
  let port = 0;
  let certificates = '';

  beforeAll(async () => {
    certificates = await mkdtemp(path.join(tmpdir(), 'headgate-certificates-'));
    const parts = await Promise.all(['server.crt', 'server.key'].map((name) => readFile(path.join(CERTIFICATES, name), 'utf8')));
    await writeFile(path.join(certificates, 'localhost.pem'), parts.join('\n'));
    await chmod(certificates, 0o755);
    port = await freePort();
    stack = await startStack({
      workers: 1,
      files: ['deploy/compose.tls.yaml'],
      variables: { HEADGATE_CERTIFICATES: certificates, HEADGATE_TLS_PORT: String(port) },
    });
  });
  afterAll(async () => {
    await stack?.down();
    await rm(certificates, { recursive: true, force: true });
  });

  const get = (client: typeof http | typeof https, where: { port: number; path: string }) =>
    new Promise<http.IncomingMessage & { readonly text: string }>((resolve, reject) => {
      client
        .get({ host: stack.handle.host, ...where, ...(client === https && { rejectUnauthorized: false }) }, async (response) => {
          const text = Buffer.concat(await response.toArray()).toString();
          resolve(Object.assign(response, { text }));
        })
        .on('error', reject);
    });

  it('serves HTTPS, which workers know of, and tells browsers to stay with it', async () => {
    const answer = await get(https, { port, path: '/status' });
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ uri: `https://${stack.handle.host}:${port}` });
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
  });

  it('leads from HTTP to HTTPS', async () => {
    const answer = await get(http, { port: stack.handle.port, path: '/api/v2/system/environment?a=b' });
    expect(answer.statusCode).toBe(308);
    expect(answer.headers.location).toBe(`https://${stack.handle.host}:${port}/api/v2/system/environment?a=b`);
    expect(answer.headers['strict-transport-security']).toBeUndefined();
  });

  it('speaks HTTP/2', async () => {
    const session = connect(`https://${stack.handle.host}:${port}`, { rejectUnauthorized: false });
    const status = await new Promise((resolve, reject) => {
      session.on('error', reject);
      session
        .request({ ':path': '/api/v2/system/environment' })
        .on('response', (headers) => resolve(headers[':status']))
        .on('error', reject)
        .resume();
    });
    expect(session.alpnProtocol).toBe('h2');
    expect(status).toBe(200);
    session.close();
  });
});
