import {
  bigId,
  bool,
  choice,
  creators,
  defineTable,
  flag,
  id,
  int,
  json,
  longText,
  mediumText,
  signedInt,
  smallint,
  stamps,
  str,
  text,
  timestamp,
} from './define-table.js';

/** `user_id`, `role_id` and `service_id` have no keys, as in the original. */
export const limitsTable = defineTable('limits', {
  id: id(),
  type: str(50),
  key_text: str(100).isUnique,
  rate: signedInt(),
  period: signedInt(),
  user_id: int().optional,
  role_id: int().optional,
  service_id: int().optional,
  name: str(),
  description: str().optional,
  is_active: flag().is(true),
  ...stamps(),
  endpoint: text().optional,
  verb: choice('GET', 'POST', 'PUT', 'PATCH', 'DELETE').optional,
});

export const schedulerTasksTable = defineTable('scheduler_tasks', {
  id: id(),
  name: str(64).isUnique,
  description: str().optional,
  is_active: bool().is(false),
  service_id: int().to('service', 'cascade'),
  component: str().optional,
  verb_mask: int().is(1),
  frequency: signedInt().optional.is(5),
  payload: mediumText().optional,
  ...stamps(),
  ...creators(),
  app_id: int().optional.to('app', 'set null'),
  user_id: int().optional.to('user', 'set null'),
});

export const taskLogTable = defineTable('task_log', {
  task_id: int().primaryKey.to('scheduler_tasks', 'cascade'),
  status_code: int().is(500),
  content: mediumText().optional,
  ...stamps(),
});

export const serviceReportTable = defineTable('service_report', {
  id: id(),
  service_id: signedInt().optional,
  service_name: str().optional,
  user_email: str(),
  action: str().optional,
  request_verb: str().is('0'),
  ...stamps(),
});

export const logstashConfigTable = defineTable('logstash_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt(),
  protocol: str().is('tcp'),
  context: json().optional,
});

/** The queue of the original; times in seconds since 1970. */
export const jobsTable = defineTable(
  'jobs',
  {
    id: bigId(),
    queue: str(),
    payload: longText(),
    attempts: smallint(),
    reserved_at: int().optional,
    available_at: int(),
    created_at: int(),
  },
  { indexes: [['queue', 'reserved_at']] },
);

export const failedJobsTable = defineTable('failed_jobs', {
  id: id(),
  connection: text(),
  queue: text(),
  payload: longText(),
  exception: longText(),
  failed_at: timestamp().is({ now: true }),
});
