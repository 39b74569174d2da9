import type { JsonValue } from '@headgate/core';
import type { RelationSchema, SimpleType } from './table-schema.js';

/** What was remembered of a service's tables beside the database itself (database-services.md 3.4), by real names. */
export interface SchemaExtras {
  readonly tables: readonly TableExtras[];
  readonly fields: readonly FieldExtras[];
  readonly relationships: readonly RelationshipExtras[];
  readonly virtualRelationships: readonly VirtualRelationship[];
}

export interface TableExtras {
  readonly table: string;
  readonly alias: string | null;
  readonly label: string | null;
  readonly plural: string | null;
  readonly description: string | null;
  readonly nameField: string | null;
}

export interface FieldExtras {
  readonly table: string;
  readonly field: string;
  readonly alias: string | null;
  readonly label: string | null;
  readonly description: string | null;
  /** A type that the database cannot tell: `timestamp_on_create`, `user_id` … */
  readonly extraType: SimpleType | null;
  readonly picklist: readonly string[] | null;
  readonly validation: Readonly<Record<string, JsonValue>> | null;
  readonly isVirtual: boolean;
  readonly isAggregate: boolean;
}

export interface RelationshipExtras {
  readonly table: string;
  readonly relationship: string;
  readonly alias: string | null;
  readonly label: string | null;
  readonly description: string | null;
  readonly alwaysFetch: boolean;
  readonly flatten: boolean;
  readonly flattenDropPrefix: boolean;
}

/** A relationship that no foreign key makes; its tables may lie in other services. */
export interface VirtualRelationship {
  readonly table: string;
  readonly type: RelationSchema['type'];
  readonly field: string;
  readonly refServiceId: number;
  /** The name of that service, where it is another one: it stands before the table in the relationship's name. */
  readonly refServiceName: string | null;
  readonly refTable: string;
  readonly refField: string;
  readonly junctionServiceId: number | null;
  readonly junctionServiceName: string | null;
  readonly junctionTable: string | null;
  readonly junctionField: string | null;
  readonly junctionRefField: string | null;
}

export const NO_EXTRAS: SchemaExtras = Object.freeze({ tables: [], fields: [], relationships: [], virtualRelationships: [] });
