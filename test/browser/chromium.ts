import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome'];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is installed, or undefined, which is an error in CI and said aloud elsewhere. */
export function installedChromium(): string | undefined {
  const named = process.env.HEADGATE_TEST_CHROMIUM;
  const place = named ?? PLACES.find((path) => existsSync(path));
  if (place !== undefined) return place;
  if (process.env.CI) throw new Error('no Chromium for the browser tests: apt-get install -y chromium');
  console.warn(
    '\n*** LEFT OUT: the browser tests, because no Chromium is installed.\n*** Install it, or name it in HEADGATE_TEST_CHROMIUM.\n',
  );
  return undefined;
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}
