import type { BodyRecords, Envelope, JsonObject, JsonValue, ServiceRequest, ServiceResponse, SystemResource } from '@headgate/core';
import {
  answer,
  answerList,
  DeleteNeedsSelection,
  isJsonObject,
  NoRecords,
  NoSession,
  RecordNotFound,
  RequestOptions,
  ResourceNotFound,
  recordsOf,
  UnsupportedVerb,
  ValidationFailed,
} from '@headgate/core';
import type { Change, Row, SystemDatabase } from '@headgate/system-db';
import { all, equals, userCustomTable } from '@headgate/system-db';
import { writeBatch } from '../records/batches.js';
import { storedTime, wireStamp } from '../records/field.js';

/** `user/custom`: values of any JSON type by name, each user's own (rest-core.md 5.5). */
export function userCustomResource(db: SystemDatabase, envelope: Envelope): SystemResource {
  return {
    name: 'custom',
    label: 'Custom',
    description: 'Allows a user to keep values of its own.',
    async handle(request, path) {
      const user = request.caller.user?.id;
      if (user === undefined) throw NoSession();
      if (path.length > 1) throw ResourceNotFound(path.join('/'), 'custom');
      return new OwnValues(db, envelope, user, request).handle(path[0]);
    },
  };
}

type Value = Row<typeof userCustomTable>;

class OwnValues {
  readonly #db: SystemDatabase;
  readonly #user: number;
  readonly #request: ServiceRequest;
  readonly #envelope: Envelope;
  readonly #body: BodyRecords;
  readonly #options: RequestOptions;

  constructor(db: SystemDatabase, envelope: Envelope, user: number, request: ServiceRequest) {
    this.#db = db;
    this.#envelope = envelope;
    this.#user = user;
    this.#request = request;
    this.#body = recordsOf(request.body, envelope);
    this.#options = new RequestOptions(
      request.parameters,
      this.#body.form === 'bare' && request.verb !== 'GET' && request.verb !== 'DELETE' ? {} : this.#body.options,
      'body',
    );
  }

  handle(name: string | undefined): Promise<ServiceResponse> {
    switch (this.#request.verb) {
      case 'GET':
      case 'HEAD':
        return name === undefined ? this.#list() : this.#one(name);
      case 'POST':
        if (name !== undefined) break;
        return this.#store(201);
      case 'PUT':
      case 'PATCH':
        return name === undefined ? this.#store(200) : this.#replace(name);
      case 'DELETE':
        return name === undefined ? this.#removeSome() : this.#remove(name);
    }
    throw UnsupportedVerb(this.#request.verb, 'custom', name ?? '');
  }

  async #list(): Promise<ServiceResponse> {
    const rows = await this.#db.find(userCustomTable, { where: equals('user_id', this.#user), order: [['name', 'asc']] });
    const ids = this.#options.list('ids');
    const chosen = ids === undefined ? rows : rows.filter((row) => ids.includes(row.name));
    if (this.#options.flag('as_list')) return answerList(chosen.map((row) => row.name));
    return answerList(chosen.map(shown), this.#options.flag('include_count') ? { count: chosen.length } : undefined);
  }

  async #one(name: string): Promise<ServiceResponse> {
    const row = await this.#find(this.#db, name);
    if (row === undefined) throw RecordNotFound(name);
    return answer((row.value ?? null) as JsonValue);
  }

  async #store(status: number): Promise<ServiceResponse> {
    if (this.#body.form === 'bare' || this.#body.records.length === 0) throw NoRecords(this.#envelope.wrapper);
    const mode = this.#options.flag('rollback') ? 'rollback' : this.#options.flag('continue') ? 'continue' : 'stop';
    const verb = status === 201 ? 'created' : 'updated';
    const names = await writeBatch(this.#db, this.#body.records, { mode, verb, key: 'name' }, async (change, record) => {
      const { name, value } = namedValue(record, this.#envelope);
      await this.#write(change, name, value);
      return name;
    });
    return answerList(
      names.map((name) => ({ name })),
      undefined,
      status,
    );
  }

  async #replace(name: string): Promise<ServiceResponse> {
    const [record] = this.#body.records;
    if (!isJsonObject(record) || record.value === undefined)
      throw ValidationFailed(['The value field is required.']).withContext({ value: ['The value field is required.'] });
    const value = record.value;
    await this.#db.change(async (change) => {
      if ((await this.#find(change, name)) === undefined) throw RecordNotFound(name);
      await this.#write(change, name, value);
    });
    return answer({ name });
  }

  async #remove(name: string): Promise<ServiceResponse> {
    await this.#db.change((change) => this.#delete(change, name));
    return answer({ name });
  }

  async #removeSome(): Promise<ServiceResponse> {
    const named =
      this.#body.form === 'list' || this.#body.form === 'wrapped'
        ? this.#body.records.map((record) => (isJsonObject(record) ? String(record.name ?? '') : String(record)))
        : [];
    const names = [...new Set(this.#options.list('ids') ?? named)];
    if (names.length === 0) throw DeleteNeedsSelection();
    const mode = this.#options.flag('rollback') ? 'rollback' : this.#options.flag('continue') ? 'continue' : 'stop';
    await writeBatch(this.#db, names, { mode, verb: 'deleted', key: 'name' }, async (change, name) => {
      await this.#delete(change, name);
      return name;
    });
    return answerList(names.map((name) => ({ name })));
  }

  async #delete(change: Change, name: string): Promise<void> {
    if ((await change.delete(userCustomTable, all(equals('user_id', this.#user), equals('name', name)))) === 0) throw RecordNotFound(name);
  }

  async #write(change: Change, name: string, value: JsonValue): Promise<void> {
    const now = storedTime(new Date());
    const stored = await this.#find(change, name);
    if (stored === undefined)
      await change.insert(userCustomTable, { user_id: this.#user, name, value, created_date: now, last_modified_date: now });
    else await change.update(userCustomTable, equals('id', stored.id), { value, last_modified_date: now });
  }

  #find(reader: Pick<SystemDatabase, 'findOne'>, name: string): Promise<Value | undefined> {
    return reader.findOne(userCustomTable, all(equals('user_id', this.#user), equals('name', name)));
  }
}

function namedValue(record: JsonValue, envelope: Envelope): { name: string; value: JsonValue } {
  if (!isJsonObject(record)) throw NoRecords(envelope.wrapper);
  const { name, value } = record;
  if (typeof name !== 'string' || name === '')
    throw ValidationFailed(['The name field is required.']).withContext({ name: ['The name field is required.'] });
  if (name.length > 255)
    throw ValidationFailed(['The name field must not be greater than 255 characters.']).withContext({
      name: ['The name field must not be greater than 255 characters.'],
    });
  return { name, value: value ?? null };
}

const shown = (row: Value): JsonObject => ({
  name: row.name,
  value: (row.value ?? null) as JsonValue,
  created_date: row.created_date === null ? null : wireStamp(row.created_date),
  last_modified_date: wireStamp(row.last_modified_date),
});
