import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** Text that is HTML already: everything else that goes into a page is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | false | readonly (Html | string)[];

/** HTML with escaped values; `Html` values and lists of them go in as they are, `undefined` and `false` as nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.reduce((page, text, index) => page + render(parts[index - 1]) + text));
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/** Marks the page's own style and script, so that the browser runs nothing else. */
export function createNonce(): string {
  return randomBytes(16).toString('base64');
}

export interface Page {
  readonly title: string;
  readonly nonce: string;
  readonly body: Html;
}

/** Sends a whole page. It may load nothing but its own style and script, and may not be framed. */
export function sendPage(response: ServerResponse, status: number, page: Page): void {
  const text = documentOf(page).text;
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${page.nonce}'; script-src 'nonce-${page.nonce}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
  response.end(text);
}

function documentOf({ title, nonce, body }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Headgate</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${new Html(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
:root{color-scheme:light dark;--text:#1d2430;--soft:#5a6475;--line:#d5dae2;--paper:#fff;--ground:#f4f6f9;--accent:#1f5fbf;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--text:#e6eaf0;--soft:#9aa5b5;--line:#37404d;--paper:#1b212a;--ground:#12161c;--accent:#7db0ff;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.55 system-ui,sans-serif}
main{max-width:46rem;margin:3rem auto;padding:2rem;background:var(--paper);border:1px solid var(--line);border-radius:10px}
@media (max-width:48rem){main{margin:0;border:0;border-radius:0}}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.1rem;margin:2rem 0 .4rem}
p{margin:.4rem 0 1rem}
a{color:var(--accent)}
.soft{color:var(--soft)}
pre{background:var(--ground);border:1px solid var(--line);border-radius:6px;padding:.8rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
label{display:block;font-weight:600;margin-top:1rem}
.hint{display:block;font-weight:400;font-size:.87rem;color:var(--soft)}
input{display:block;width:100%;margin-top:.3rem;padding:.55rem .65rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:6px}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
input[aria-invalid=true]{border-color:var(--bad)}
.problem{display:block;color:var(--bad);font-size:.9rem;margin-top:.25rem}
.alert{border:1px solid var(--bad);border-radius:6px;padding:.7rem .9rem;color:var(--bad)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 1rem}
@media (max-width:34rem){.pair{grid-template-columns:1fr}}
button{margin-top:1.6rem;padding:.65rem 1.4rem;font:inherit;font-weight:600;color:#fff;background:#1f5fbf;border:0;border-radius:6px;cursor:pointer}
`;
