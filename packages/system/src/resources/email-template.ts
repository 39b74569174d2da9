import type { JsonValue } from '@headgate/core';
import { emailTemplateTable } from '@headgate/system-db';
import type { FieldOptions } from '../records/field.js';
import { fieldsOf } from '../records/field.js';
import type { RecordResource } from '../records/record-shape.js';

/** Addresses come as a text, a list of texts, or a list of `{name, email}`; a text with commas is read as a list (system-service.md 2.8). */
const addresses: FieldOptions = {
  show: (value) =>
    typeof value === 'string' && value.includes(',') ? value.split(',').map((item) => item.trim()) : ((value ?? null) as JsonValue),
};

/** `system/email_template` (system-service.md 2.8). */
export const emailTemplateResource: RecordResource = {
  name: 'email_template',
  label: 'Email Templates',
  description: 'Allows configuration of email templates.',
  table: emailTemplateTable,
  key: 'id',
  right: 'email_template',
  ownedThrough: [],
  writableThrough: [],
  fields: fieldsOf(emailTemplateTable, {
    id: {},
    name: { required: 'The name field is required.' },
    description: {},
    to: addresses,
    cc: addresses,
    bcc: addresses,
    subject: {},
    body_text: {},
    body_html: {},
    from_name: {},
    from_email: {},
    reply_to_name: {},
    reply_to_email: {},
    defaults: { mode: 'readOnly' },
    created_date: {},
    last_modified_date: {},
    created_by_id: {},
    last_modified_by_id: {},
    attachment: {},
  }),
  raise(change) {
    change.raise('email_template');
  },
};
