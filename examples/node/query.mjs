// Reads all contacts page by page, following Link: rel="next" (RFC 8288).
const origin = process.env.HEADGATE_URL ?? 'http://localhost:8080';
const apiKey = process.env.HEADGATE_API_KEY;
if (!apiKey) throw new Error('set HEADGATE_API_KEY to the key of an app');

async function* records(path) {
  for (let next = path; next; ) {
    const response = await fetch(new URL(next, origin), { headers: { 'X-DreamFactory-API-Key': apiKey } });
    const body = await response.json();
    // An error says what was wrong, why (a stable word) and, where there is one, what to do about it.
    if (!response.ok) throw new Error(`${body.error.message} [${body.error.reason}] ${body.error.hint ?? ''}`);
    yield* body.resource;
    next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
}

const query = new URLSearchParams({ fields: 'id,first_name,last_name', order: 'id', limit: '2' });
for await (const { id, first_name, last_name } of records(`/api/v2/db/_table/contact?${query}`)) {
  console.log(id, first_name, last_name);
}
