import { catalogue } from '@headgate/core';

const INTRODUCTION = `# Errors

Every refusal is a document with the members of the contract and three more:

\`\`\`json
{ "error": { "code": 404, "context": null, "message": "Table 'custmer' was not found.", "status_code": 404,
             "reason": "not_found", "hint": "Did you mean 'customer'?", "request_id": "7f3a..." } }
\`\`\`

\`reason\` is stable: test for it, not for the message. \`hint\` is there where something can be suggested. \`request_id\` is also in the
header \`X-Request-Id\` and in the log. \`code\` is the status where the table names no other.
`;

/** `docs/errors.md`. */
export function errorsPage() {
  const rows = [...catalogue()]
    .sort((a, b) => a.status - b.status || a.reason.localeCompare(b.reason, 'en'))
    .map(
      ({ status, code, reason, when, remedy }) =>
        `| ${status}${code === undefined ? '' : ` (code ${code})`} | \`${reason}\` | ${cell(when)} | ${cell(remedy)} |`,
    );
  return `${INTRODUCTION}\n| status | reason | when | what to do |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
