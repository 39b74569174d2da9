/**
 * The tables of the system database as data: the one source of the entities (TypeORM), the migrations (per dialect) and the row types.
 * Names, types, defaults and keys are those of the original (system-service.md 6.2); tables of our own start with `headgate_`.
 */

/** Column kinds of system-service.md 6.1. `json` is text that holds JSON, `secret` text encrypted with APP_KEY. */
export type ColumnKind =
  | 'id'
  | 'bigId'
  | 'int'
  | 'signedInt'
  | 'smallint'
  | 'bigint'
  | 'string'
  | 'choice'
  | 'text'
  | 'mediumText'
  | 'longText'
  | 'bool'
  /** A boolean whose column is a small number on PostgreSQL too (`limits.is_active`). */
  | 'flag'
  | 'timestamp'
  | 'datetime';

/** How the stored value reads in TypeScript. Times are UTC texts to the second (`2026-01-05 10:00:00`). */
export type Encoding = 'plain' | 'json' | 'secret';

export type OnDelete = 'cascade' | 'set null' | 'none';

export interface Column<T = unknown> {
  readonly kind: ColumnKind;
  readonly encoding: Encoding;
  readonly length?: number;
  readonly nullable: boolean;
  readonly default?: string | number | boolean | { readonly now: true };
  readonly primary: boolean;
  readonly unique: boolean;
  readonly index: boolean;
  readonly references?: { readonly table: string; readonly column: string; readonly onDelete: OnDelete };
  /** The texts that a `choice` allows. */
  readonly choices?: readonly string[];
  /** Only for inference. */
  readonly $type?: T;
}

export interface Table<Columns extends Record<string, Column> = Record<string, Column>> {
  readonly name: string;
  readonly columns: Columns;
  /** The column that identifies a row: its single primary key, or undefined for tables without one (`token_map`). */
  readonly key: string | undefined;
  readonly indexes: readonly (readonly string[])[];
}

export type Row<T extends Table> = { -readonly [Name in keyof T['columns']]: T['columns'][Name] extends Column<infer V> ? V : never };

/** The values of an insert or update: any subset of a row. */
export type Values<T extends Table> = Partial<Row<T>>;

/** A column under construction; each call answers a new one. */
export class ColumnBuilder<T> implements Column<T> {
  declare readonly $type?: T;
  constructor(
    readonly kind: ColumnKind,
    readonly encoding: Encoding = 'plain',
    readonly length?: number,
    readonly nullable = false,
    readonly primary = false,
    readonly unique = false,
    readonly index = false,
    readonly references?: Column['references'],
    readonly defaultValue?: Column['default'],
    readonly choices?: readonly string[],
  ) {}

  get default(): Column['default'] {
    return this.defaultValue;
  }

  #with<U = T>(
    changes: Partial<Record<'encoding' | 'length' | 'nullable' | 'primary' | 'unique' | 'index' | 'references' | 'defaultValue', unknown>>,
  ): ColumnBuilder<U> {
    const next = { ...this, ...changes } as ColumnBuilder<T>;
    return new ColumnBuilder<U>(
      this.kind,
      next.encoding,
      next.length,
      next.nullable,
      next.primary,
      next.unique,
      next.index,
      next.references,
      next.defaultValue,
      this.choices,
    );
  }

  get optional(): ColumnBuilder<T | null> {
    return this.#with<T | null>({ nullable: true });
  }

  get primaryKey(): ColumnBuilder<T> {
    return this.#with({ primary: true });
  }

  get isUnique(): ColumnBuilder<T> {
    return this.#with({ unique: true });
  }

  get isIndexed(): ColumnBuilder<T> {
    return this.#with({ index: true });
  }

  is(value: string | number | boolean | { now: true }): ColumnBuilder<T> {
    return this.#with({ defaultValue: value });
  }

  to(table: string, onDelete: OnDelete, column = 'id'): ColumnBuilder<T> {
    return this.#with({ references: { table, column, onDelete } });
  }
}

export const id = () => new ColumnBuilder<number>('id', 'plain', undefined, false, true);
export const bigId = () => new ColumnBuilder<number>('bigId', 'plain', undefined, false, true);
export const int = () => new ColumnBuilder<number>('int');
export const signedInt = () => new ColumnBuilder<number>('signedInt');
export const smallint = () => new ColumnBuilder<number>('smallint');
export const bigint = () => new ColumnBuilder<number>('bigint');
export const str = (length = 255) => new ColumnBuilder<string>('string', 'plain', length);
export const text = () => new ColumnBuilder<string>('text');
export const mediumText = () => new ColumnBuilder<string>('mediumText');
export const longText = () => new ColumnBuilder<string>('longText');
export const choice = <const Choice extends string>(...choices: readonly Choice[]) =>
  new ColumnBuilder<Choice>('choice', 'plain', 255, false, false, false, false, undefined, undefined, choices);
export const flag = () => new ColumnBuilder<boolean>('flag');
export const bool = () => new ColumnBuilder<boolean>('bool');
export const timestamp = () => new ColumnBuilder<string>('timestamp');
export const datetime = () => new ColumnBuilder<string>('datetime');

/** Text that holds JSON; always written as JSON, and read as the text itself where it is none. */
export const json = <T = unknown>(kind: 'text' | 'mediumText' | 'longText' = 'text') => new ColumnBuilder<T>(kind, 'json');
/** Text encrypted in the original's format; reads as the plain text. */
export const secret = (kind: 'text' | 'mediumText' | 'longText' = 'text') => new ColumnBuilder<string>(kind, 'secret');

/** `created_date`, `last_modified_date`. */
export const stamps = () => ({ created_date: timestamp().optional, last_modified_date: timestamp().is({ now: true }) });
/** `created_by_id`, `last_modified_by_id`. */
export const creators = () => ({
  created_by_id: int().optional.to('user', 'set null'),
  last_modified_by_id: int().optional.to('user', 'set null'),
});

export function defineTable<const Columns extends Record<string, Column>>(
  name: string,
  columns: Columns,
  options: { readonly indexes?: readonly (readonly string[])[] } = {},
): Table<Columns> {
  const keys = Object.entries(columns).filter(([, column]) => column.primary);
  return Object.freeze({ name, columns, key: keys.length === 1 ? keys[0]![0] : undefined, indexes: options.indexes ?? [] });
}
