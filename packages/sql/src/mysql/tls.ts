import { readFile } from 'node:fs/promises';
import { SourceRefused } from '@headgate/core';
import type { SslOptions } from 'mysql2';

/** What libpq's words mean, here as well: `require` encrypts and verifies nothing, `verify-ca` the chain, `verify-full` the name too. */
export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsConfig {
  readonly mode: SslMode;
  /** PEM texts, or paths of files that hold them. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** The driver's TLS options; undefined where the connection stays plain. Throws `SourceRefused` for a file that cannot be read. */
export async function sslOptions({ mode, ca, cert, key }: TlsConfig, host: string): Promise<SslOptions | undefined> {
  if (mode === 'disable') return undefined;
  // The driver checks a certificate against a host's name only.
  if (mode === 'verify-full' && /^[\d.]+$|:/.test(host)) throw SourceRefused('Verifying the server (verify-full) needs a host name.');
  return {
    ...(ca === undefined ? {} : { ca: await pem(ca, 'certificate authority') }),
    ...(cert === undefined ? {} : { cert: await pem(cert, 'certificate') }),
    ...(key === undefined ? {} : { key: await pem(key, 'key') }),
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    verifyIdentity: mode === 'verify-full',
  };
}

async function pem(textOrPath: string, what: string): Promise<string> {
  if (textOrPath.includes('-----BEGIN')) return textOrPath;
  try {
    return await readFile(textOrPath, 'utf8');
  } catch {
    throw SourceRefused(`The file of the TLS ${what} cannot be read.`);
  }
}
