import { describe, expect, it } from 'vitest';
import type { Catalogue, CatalogueColumn, CatalogueConstraint } from '../../src/dialect/catalogue.js';
import { NO_EXTRAS, type SchemaExtras } from '../../src/schema/extras.js';
import { labelOf, pluralOf } from '../../src/schema/labels.js';
import { ServiceSchema } from '../../src/schema/service-schema.js';

const COLUMN: Omit<CatalogueColumn, 'name'> = {
  comment: null,
  dbType: 'integer',
  baseType: 'int4',
  simpleType: 'integer',
  kind: 'integer',
  length: null,
  precision: null,
  scale: null,
  default: null,
  allowNull: true,
  fixedLength: false,
  supportsMultibyte: false,
  autoIncrement: false,
  isGenerated: false,
  isIndexed: false,
  isUniqueIndexed: false,
};

/** `'order.bill_to > address.id'` is a foreign key, `'! order.id'` a primary key, `'= profile.user_id'` a unique constraint. */
function schemaOf(keys: readonly string[], extras: SchemaExtras = NO_EXTRAS): ServiceSchema {
  const columnsOf = new Map<string, Set<string>>();
  const side = (text: string) => {
    const [table, columns] = text.trim().split('.') as [string, string];
    const names = columns.split('+');
    const known = columnsOf.get(table) ?? new Set();
    for (const name of names) known.add(name);
    columnsOf.set(table, known);
    return { table, names };
  };
  const constraints = keys.map((key, index): CatalogueConstraint => {
    const [left, right] = key.replace(/^[!=]/, '').split('>') as [string, string | undefined];
    const own = side(left);
    const other = right === undefined ? undefined : side(right);
    return {
      kind: other ? 'foreign' : key.startsWith('!') ? 'primary' : 'unique',
      schema: 'public',
      name: `c${index}`,
      table: own.table,
      tableSchema: 'public',
      columns: own.names,
      refSchema: other ? 'public' : null,
      refTable: other?.table ?? null,
      refColumns: other?.names ?? [],
      onUpdate: null,
      onDelete: null,
    };
  });
  const tables = [...columnsOf].map(([name, columns]) => ({
    schema: 'public',
    name,
    kind: 'table' as const,
    comment: null,
    columns: [...columns].map((column) => ({ ...COLUMN, name: column })),
  }));
  const catalogue: Catalogue = { defaultSchema: 'public', serverVersion: '', tables, constraints, routines: [] };
  return new ServiceSchema(catalogue, 5, extras);
}

const namesOf = (schema: ServiceSchema, table: string) =>
  (schema.table(table)?.relationships ?? []).map(({ name, type }) => `${name}:${type}`).sort();

describe('the relationships of database-services.md 3.5', () => {
  it('go both ways over a foreign key', () => {
    const schema = schemaOf(['contact.company_id > company.id']);
    expect(namesOf(schema, 'contact')).toEqual(['company_by_company_id:belongs_to']);
    expect(namesOf(schema, 'company')).toEqual(['contact_by_company_id:has_many']);
  });

  it.each(['! profile.user_id', '= profile.user_id'])('are one to one where the key is %s', (key) => {
    expect(namesOf(schemaOf([key, 'profile.user_id > user.id']), 'user')).toEqual(['profile_by_user_id:has_one']);
  });

  it('name each of two keys to one table', () => {
    const schema = schemaOf(['order.bill_to > address.id', 'order.ship_to > address.id']);
    expect(namesOf(schema, 'order')).toEqual(['address_by_bill_to:belongs_to', 'address_by_ship_to:belongs_to']);
    expect(namesOf(schema, 'address')).toEqual(['order_by_bill_to:has_many', 'order_by_ship_to:has_many']);
  });

  it('make every table with keys to two others a junction', () => {
    const schema = schemaOf(['contact_group.contact_id > contact.id', 'contact_group.group_id > group.id']);
    expect(namesOf(schema, 'contact')).toEqual(['contact_group_by_contact_id:has_many', 'group_by_contact_group:many_many']);
    expect(namesOf(schema, 'group')).toEqual(['contact_by_contact_group:many_many', 'contact_group_by_group_id:has_many']);
    expect(schema.table('contact')?.relationship('GROUP_by_contact_group')).toMatchObject({
      field: 'id',
      refTable: 'group',
      refField: 'id',
      junctionTable: 'contact_group',
      junctionField: 'contact_id',
      junctionRefField: 'group_id',
      junctionServiceId: 5,
    });
  });

  it('show only the children of a table that refers to itself', () => {
    expect(namesOf(schemaOf(['employee.manager_id > employee.id']), 'employee')).toEqual(['employee_by_manager_id:has_many']);
  });

  it('make no many to many of two keys to one table', () => {
    expect(namesOf(schemaOf(['friend.a_id > person.id', 'friend.b_id > person.id']), 'person')).toEqual([
      'friend_by_a_id:has_many',
      'friend_by_b_id:has_many',
    ]);
  });

  it('pair the columns of composite keys by position', () => {
    const schema = schemaOf(['line.order_no+order_year > order.no+year']);
    expect(schema.table('line')?.relationships[0]).toMatchObject({
      name: 'order_by_order_no_order_year',
      field: 'order_no,order_year',
      refField: 'no,year',
    });
    expect(schema.table('line')?.column('order_year')).toMatchObject({ refTable: 'order', refField: 'year', type: 'integer' });
  });

  it('take aliases and labels from the extras', () => {
    const schema = schemaOf(['contact.company_id > company.id'], {
      tables: [{ table: 'contact', alias: 'people', label: 'Humans', plural: null, description: 'd', nameField: null }],
      fields: [
        {
          table: 'contact',
          field: 'company_id',
          alias: 'firm',
          label: null,
          description: null,
          extraType: 'user_id',
          picklist: ['1'],
          validation: null,
          isVirtual: false,
          isAggregate: false,
        },
      ],
      relationships: [
        {
          table: 'contact',
          relationship: 'company_by_company_id',
          alias: 'firm_of',
          label: null,
          description: null,
          alwaysFetch: true,
          flatten: false,
          flattenDropPrefix: false,
        },
      ],
      virtualRelationships: [],
    });
    expect(schema.table('contact')).toBeUndefined();
    expect(schema.tableByName('contact')).toMatchObject({ apiName: 'people', label: 'Humans', plural: 'Humans' });
    expect(schema.table('people')?.column('firm')).toMatchObject({ name: 'company_id', type: 'user_id', picklist: ['1'] });
    expect(schema.table('people')?.column('company_id')).toBeUndefined();
    expect(schema.table('people')?.relationship('firm_of')).toMatchObject({ name: 'company_by_company_id', alwaysFetch: true });
  });
});

describe('labels', () => {
  it.each([
    ['company_id', 'Company Id'],
    ['sales.orders', 'Sales.orders'],
    ['sales.regions_by_region_id', 'Sales.regions By Region Id'],
  ])('of %s: %s', (name, label) => {
    expect(labelOf(name)).toBe(label);
  });

  it.each([
    ['Contact', 'Contacts'],
    ['Company', 'Companies'],
    ['Country Stats', 'Country Stats'],
    ['Address', 'Addresses'],
    ['Box', 'Boxes'],
    ['Day', 'Days'],
    ['Sales.orders', 'Sales.orders'],
    ['Staff Person', 'Staff People'],
    ['Status', 'Statuses'],
    ['Data', 'Data'],
    ['T1', 'T1'],
  ])('plural of %s: %s', (label, plural) => {
    expect(pluralOf(label)).toBe(plural);
  });
});
