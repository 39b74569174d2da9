import type { IncomingMessage, ServerResponse } from 'node:http';
import { createNonce, html, sendPage } from './html.js';

export interface StartPageSettings {
  /** `/api`. */
  readonly prefix: string;
  readonly version: string;
  readonly baseUrlOf: (request: IncomingMessage) => string;
}

/** The page at `DF_LANDING_PAGE` where no admin app is installed: what this is, and the way to the first query. */
export function createStartPage(settings: StartPageSettings) {
  return function startPage(request: IncomingMessage, response: ServerResponse): void {
    const api = `${settings.baseUrlOf(request)}${settings.prefix}/v2`;
    sendPage(response, 200, {
      title: 'Start',
      nonce: createNonce(),
      body: html`
<h1>Headgate is running</h1>
<p>Databases as one role-protected REST API. This server answers at <a href="${settings.prefix}/v2"><code>${api}</code></a>. <span class="soft">Version ${settings.version}.</span></p>

<h2>1. Connect a database</h2>
<p>On the machine of the server; it makes a service, and a role, an app and a key that may read it:</p>
<pre><code>./headgate connect postgres://user:password@host/database --name crm --key read-only</code></pre>
<p>Or over the API, as administrator:</p>
<pre><code>TOKEN=$(curl -s ${api}/system/admin/session -H 'Content-Type: application/json' \\
  -d '{"email":"you@example.com","password":"..."}' | sed 's/.*"session_token":"\\([^"]*\\)".*/\\1/')
curl -s ${api}/system/service -H "X-DreamFactory-Session-Token: $TOKEN" \\
  -H 'Content-Type: application/json' -d '{"resource":[{"name":"crm","label":"CRM","type":"pgsql",
  "is_active":true,"config":{"host":"...","database":"...","username":"...","password":"..."}}]}'</code></pre>

<h2>2. Make a role</h2>
<p>A role says what may be done with which tables; without one nothing may. <code>service_id</code> is the number that the call above answered, verb mask 1 is GET:</p>
<pre><code>curl -s ${api}/system/role -H "X-DreamFactory-Session-Token: $TOKEN" \\
  -H 'Content-Type: application/json' -d '{"resource":[{"name":"reader","is_active":true,
  "role_service_access_by_role_id":[{"service_id":5,"component":"_table/*","verb_mask":1,"requestor_mask":3}]}]}'</code></pre>

<h2>3. Make a key</h2>
<p>A key belongs to an app, and an app has a role:</p>
<pre><code>curl -s "${api}/system/app?fields=api_key" -H "X-DreamFactory-Session-Token: $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"resource":[{"name":"my-app","is_active":true,"type":0,"role_id":1}]}'</code></pre>

<h2>4. Ask</h2>
<pre><code>curl -s -G ${api}/crm/_table/customers -H 'X-DreamFactory-API-Key: ...' \\
  --data-urlencode "filter=(country = 'DE') and (name like 'A%')" \\
  --data-urlencode 'order=name' --data-urlencode 'limit=10'</code></pre>

<h2>More</h2>
<p>The folder <code>docs/</code> of the installation explains the query language, configuration, roles and errors. With a built DreamFactory admin app, name its folder in <code>DF_ADMIN_UI_DIR</code>: it is served here instead of this page.</p>`,
    });
  };
}
