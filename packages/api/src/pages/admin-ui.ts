import express, { type RequestHandler } from 'express';

/**
 * What the admin app may load: its own files and inline styles, nothing from other hosts. Calls to other hosts, of which the app
 * makes some, are blocked by `connect-src`.
 */
const POLICY = [
  "default-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "script-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

/** File names with a hash of their content never change. */
const HASHED = /[.-][0-9a-f]{8,}\.[a-z0-9]+$/i;

/** Serves a built DreamFactory admin app from a folder (`DF_ADMIN_UI_DIR`). */
export function serveAdminUi(directory: string): RequestHandler {
  return express.static(directory, {
    index: ['index.html'],
    dotfiles: 'ignore',
    fallthrough: true,
    setHeaders(response, path) {
      response.setHeader('Content-Security-Policy', POLICY);
      response.setHeader('X-Frame-Options', 'SAMEORIGIN');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Referrer-Policy', 'same-origin');
      response.setHeader('Cache-Control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
