/// <reference lib="dom" />
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, freePort, type RunningHeadgate, startHeadgate } from '../headgate.js';
import { accessibilityFaults, focusOrder } from './accessibility.js';
import { installedChromium, launchChromium } from './chromium.js';

/** Our own pages in a real browser: set-up, start page, and the example of a browser app. */

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/browser/index.html');
const executable = installedChromium();

describe.runIf(executable !== undefined)('pages in Chromium', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained of: errors of scripts, and whatever a content security policy blocked. */
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium(executable!);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
  });
  afterEach(() => context?.close());

  describe('an installation without an administrator', () => {
    let headgate: RunningHeadgate;
    let setUpAddress: string;

    beforeEach(async () => {
      headgate = await startHeadgate({ env: { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' } });
      setUpAddress = /http:\S+\/setup#\S+/.exec(headgate.output())?.[0] ?? '';
    });
    afterEach(() => headgate?.stop());

    it('is set up by the printed address and leads to the start page', async () => {
      await page.goto(setUpAddress);
      expect(await page.inputValue('#setup_token')).not.toBe('');
      // The token does not stay in the address, nor in the history.
      expect(new URL(page.url()).hash).toBe('');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('email');
      await page.getByLabel('E-mail address').fill(ADMIN.email);
      await page.getByLabel('Password', { exact: false }).first().fill(ADMIN.password);
      await page.getByLabel('Password again').fill(ADMIN.password);
      await page.getByRole('button', { name: 'Create administrator' }).click();
      await page.getByRole('heading', { level: 1, name: 'Headgate is running' }).waitFor();
      expect(await headgate.token()).not.toBe('');
      await page.goto(`${headgate.origin}/setup`);
      expect(new URL(page.url()).pathname).not.toBe('/setup');
      expect(complaints).toEqual([]);
    });

    it('takes the token from an address that is pasted where the page is open already', async () => {
      await page.goto(headgate.origin);
      expect(new URL(page.url()).pathname).toBe('/setup');
      await page.evaluate((hash) => {
        location.hash = hash;
      }, new URL(setUpAddress).hash);
      await page.waitForFunction(() => location.hash === '');
      expect(await page.inputValue('#setup_token')).toBe(new URL(setUpAddress).hash.slice(1));
    });

    it('names each fault at its field, keeps what was typed except passwords, and makes nobody', async () => {
      await page.goto(setUpAddress);
      await page.fill('#email', ADMIN.email);
      await page.fill('#first_name', '<b>Ada</b>');
      await page.fill('#password', 'short');
      await page.fill('#password_confirmation', 'short');
      await page.getByRole('button', { name: 'Create administrator' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.getAttribute('#password', 'aria-invalid')).toBe('true');
      expect(await page.textContent('#password-problem')).toContain('16 characters');
      expect([await page.inputValue('#email'), await page.inputValue('#first_name')]).toEqual([ADMIN.email, '<b>Ada</b>']);
      expect([await page.inputValue('#password'), await page.inputValue('#password_confirmation')]).toEqual(['', '']);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.goto(headgate.origin);
      expect(new URL(page.url()).pathname).toBe('/setup');
      expect(complaints).toEqual([]);
    });

    it('is accessible in light and dark, on a small screen, and without scripts', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`${headgate.origin}/setup`);
        expect(await accessibilityFaults(page), colorScheme).toEqual([]);
      }
      const order = ['setup_token', 'email', 'password', 'password_confirmation', 'first_name', 'last_name', 'name', 'username', 'phone'];
      expect(await focusOrder(page, 10)).toEqual([...order, 'Create administrator']);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);

      const plain = await browser.newContext({ javaScriptEnabled: false });
      const form = await plain.newPage();
      await form.goto(`${headgate.origin}/setup`);
      await form.fill('#setup_token', new URL(setUpAddress).hash.slice(1));
      await form.fill('#email', ADMIN.email);
      await form.fill('#password', ADMIN.password);
      await form.fill('#password_confirmation', ADMIN.password);
      await form.click('button');
      await form.getByRole('heading', { level: 1, name: 'Headgate is running' }).waitFor();
      await plain.close();
    });
  });

  describe('a running installation', () => {
    let headgate: RunningHeadgate;
    const sites: Server[] = [];
    let allowed: string;
    let foreign: string;

    /** The example, at an origin of its own. */
    const serveExample = async (): Promise<string> => {
      const port = await freePort();
      const example = await readFile(EXAMPLE);
      const site = createServer((_request, response) => response.setHeader('Content-Type', 'text/html; charset=utf-8').end(example));
      sites.push(site);
      await once(site.listen(port, '127.0.0.1'), 'listening');
      return `http://127.0.0.1:${port}`;
    };

    beforeAll(async () => {
      [allowed, foreign] = await Promise.all([serveExample(), serveExample()]);
      headgate = await startHeadgate({ args: ['--cors', allowed] });
    });
    afterAll(async () => {
      for (const site of sites) site.close();
      await headgate?.stop();
    });

    it('shows the start page, accessible and on a small screen too', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(headgate.origin);
        expect(await accessibilityFaults(page), colorScheme).toEqual([]);
      }
      expect(await page.textContent('main')).toContain(`${headgate.origin}/api/v2`);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      expect(complaints).toEqual([]);
    });

    const logIn = async (origin: string, password: string) => {
      const [app] = (await headgate.admin<{ resource: { api_key: string }[] }>('GET', 'system/app?filter=name=sample-reader')).resource;
      await page.getByLabel('Headgate').fill(origin);
      await page.getByLabel('API key').fill(app!.api_key);
      await page.getByLabel('E-mail').fill('reader@example.com');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Log in and read' }).click();
    };

    it('serves the example of a browser app at an allowed origin: log-in, then rows', async () => {
      await headgate.admin('POST', 'system/user', {
        resource: [{ email: 'reader@example.com', name: 'Reader', is_active: true, password: 'readers-long-password' }],
      });
      await page.goto(allowed);
      expect(await accessibilityFaults(page)).toEqual([]);
      await logIn(headgate.origin, 'not-the-password-at-all');
      await expect.poll(() => page.getByRole('alert').textContent()).toBe('Invalid credentials supplied.');
      await logIn(headgate.origin, 'readers-long-password');
      await page.getByRole('listitem').first().waitFor();
      expect(await page.getByRole('alert').textContent()).toBe('');
      expect(complaints).toEqual([]);
    });

    it('lets no other origin read an answer', async () => {
      await page.goto(foreign);
      const outcome = await page.evaluate(
        (address) =>
          fetch(address).then(
            () => 'read',
            () => 'refused',
          ),
        `${headgate.origin}/api/v2/system/environment`,
      );
      expect(outcome).toBe('refused');
    });
  });
});
