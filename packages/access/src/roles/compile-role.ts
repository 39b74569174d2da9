import type { RecordFilter, Requestor, RoleAccess, ServiceAccess, Verb, VerbMask } from '@headgate/core';
import { allows, componentOf, REQUESTORS } from '@headgate/core';
import type { RoleAccessRow, RoleRecord } from '@headgate/system-db';

/** A row of `role_service_access`, ready to compare. */
interface Rule {
  /** Lower case, without slashes at its ends. */
  readonly component: string;
  /** What stands before `*`; undefined without one. */
  readonly prefix: string | undefined;
  readonly mask: VerbMask;
  readonly filter: RecordFilter | undefined;
}

/** The rules that count for one requestor. */
interface RuleSet {
  readonly rules: readonly Rule[];
  /** Masks by component: the bucket "exact" of rest-core.md 3.5. */
  readonly exact: ReadonlyMap<string, VerbMask>;
  readonly prefixes: readonly Rule[];
  /** The bucket "service": the root, opened by `*`; undefined when no row says so. */
  readonly starOnRoot: VerbMask | undefined;
  readonly hasFilters: boolean;
}

/** The bucket "all": rows without service. */
interface AllServices {
  readonly anywhere: VerbMask | undefined;
  readonly root: VerbMask | undefined;
}

type PerRequestor<T> = Readonly<Record<Requestor, T>>;

let lastStamp = 0;

/** The access of callers without a role: no rights at all. */
export const NO_ACCESS: ServiceAccess = Object.freeze({
  stamp: ++lastStamp,
  isAdmin: false,
  verbsFor: () => 0,
  recordFilter: () => undefined,
  allowsAnywhere: () => false,
});

const compiled = new WeakMap<RoleRecord, RoleAccess>();

/** The access of a role, compiled once per version of the role: the result dies with its record. */
export function compileRole(record: RoleRecord): RoleAccess {
  let access = compiled.get(record);
  if (access === undefined) {
    access = record.isActive ? new CompiledRole(record) : inactiveRole(record);
    compiled.set(record, access);
  }
  return access;
}

function inactiveRole(record: RoleRecord): RoleAccess {
  return { id: record.id, name: record.name, isActive: false, service: () => NO_ACCESS, mayList: () => false };
}

class CompiledRole implements RoleAccess {
  readonly id: number;
  readonly name: string;
  readonly isActive = true;
  readonly #rows: ReadonlyMap<number, readonly RoleAccessRow[]>;
  readonly #all: PerRequestor<AllServices>;
  readonly #others: ServiceAccess;
  readonly #services = new Map<number, ServiceAccess>();

  constructor(record: RoleRecord) {
    this.id = record.id;
    this.name = record.name;
    const rows = Map.groupBy(record.access, (row) => row.serviceId);
    const general = rows.get(null) ?? [];
    rows.delete(null);
    this.#rows = rows as Map<number, RoleAccessRow[]>;
    this.#all = perRequestor((requestor) => allServices(rulesFor(general, requestor)));
    this.#others = new CompiledService([], this.#all);
  }

  service(serviceId: number): ServiceAccess {
    const rows = this.#rows.get(serviceId);
    if (rows === undefined) return this.#others;
    let access = this.#services.get(serviceId);
    if (access === undefined) {
      access = new CompiledService(rows, this.#all);
      this.#services.set(serviceId, access);
    }
    return access;
  }

  mayList(serviceId: number): boolean {
    const { anywhere, root } = this.#all.API;
    if (((anywhere ?? 0) | (root ?? 0)) !== 0) return true;
    return (this.#rows.get(serviceId) ?? []).some((row) => counts(row, 'API') && row.verbMask !== 0);
  }
}

class CompiledService implements ServiceAccess {
  readonly stamp = ++lastStamp;
  readonly isAdmin = false;
  readonly #sets: PerRequestor<RuleSet>;
  readonly #all: PerRequestor<AllServices>;

  constructor(rows: readonly RoleAccessRow[], all: PerRequestor<AllServices>) {
    this.#sets = perRequestor((requestor) => ruleSet(rulesFor(rows, requestor)));
    this.#all = all;
  }

  verbsFor(component: string, requestor: Requestor): VerbMask {
    const wanted = normalize(component);
    const set = this.#sets[requestor];
    const exact = set.exact.get(wanted);
    if (exact !== undefined) return exact;
    const all = this.#all[requestor];
    if (wanted === '') return set.starOnRoot ?? (all.anywhere === undefined ? (all.root ?? 0) : all.anywhere | (all.root ?? 0));
    let mask: VerbMask | undefined;
    for (const rule of set.prefixes) if (covers(rule.prefix!, wanted)) mask = (mask ?? 0) | rule.mask;
    return mask ?? all.anywhere ?? 0;
  }

  recordFilter(table: string, verb: Verb, requestor: Requestor): RecordFilter | undefined {
    const set = this.#sets[requestor];
    if (!set.hasFilters) return undefined;
    // The very component by which the URL of the table was allowed.
    const wanted = componentOf(['_table', table]);
    let exact: Rule | undefined;
    let broad: Rule | undefined;
    for (const rule of set.rules) {
      if (!allows(rule.mask, verb)) continue;
      if (rule.component === wanted) exact = rule;
      else if (rule.prefix !== undefined && covers(rule.prefix, wanted)) broad = rule;
    }
    return (exact ?? broad)?.filter;
  }

  allowsAnywhere(verb: Verb, requestor: Requestor): boolean {
    const all = this.#all[requestor];
    return allows((all.anywhere ?? 0) | (all.root ?? 0), verb) || this.#sets[requestor].rules.some((rule) => allows(rule.mask, verb));
  }
}

function perRequestor<T>(make: (requestor: Requestor) => T): PerRequestor<T> {
  return { API: make('API'), SCRIPT: make('SCRIPT') };
}

function counts(row: RoleAccessRow, requestor: Requestor): boolean {
  return (row.requestorMask & REQUESTORS[requestor]) !== 0;
}

function rulesFor(rows: readonly RoleAccessRow[], requestor: Requestor): Rule[] {
  return rows.filter((row) => counts(row, requestor)).map(ruleOf);
}

function ruleOf(row: RoleAccessRow): Rule {
  const component = normalize(row.component ?? '');
  const star = component.indexOf('*');
  return {
    component,
    prefix: star < 0 ? undefined : component.slice(0, star),
    mask: row.verbMask,
    filter: row.filters.length === 0 ? undefined : Object.freeze({ conditions: row.filters, join: row.filterOp }),
  };
}

function ruleSet(rules: readonly Rule[]): RuleSet {
  const exact = new Map<string, VerbMask>();
  for (const rule of rules) exact.set(rule.component, (exact.get(rule.component) ?? 0) | rule.mask);
  // A lone `*` is the bucket "service" for the root and "component" for all else; it equals no request.
  const starOnRoot = exact.get('*');
  return {
    rules,
    exact,
    prefixes: rules.filter((rule) => rule.prefix !== undefined),
    starOnRoot,
    hasFilters: rules.some((rule) => rule.filter !== undefined),
  };
}

function allServices(rules: readonly Rule[]): AllServices {
  const mask = (component: string) =>
    rules.filter((rule) => rule.component === component).reduce<VerbMask | undefined>((sum, rule) => (sum ?? 0) | rule.mask, undefined);
  return { anywhere: mask('*'), root: mask('') };
}

/** Lower case, without slashes at its ends, as both sides of a comparison are. */
function normalize(component: string): string {
  let from = 0;
  let to = component.length;
  while (from < to && component.charCodeAt(from) === 47) from++;
  while (to > from && component.charCodeAt(to - 1) === 47) to--;
  return component.slice(from, to).toLowerCase();
}

/** Whether `prefix` begins `wanted` followed by a slash: `_table/` covers `_table`, `_table/x` and all below. */
function covers(prefix: string, wanted: string): boolean {
  if (prefix.length <= wanted.length) return wanted.startsWith(prefix);
  return prefix.length === wanted.length + 1 && prefix.endsWith('/') && prefix.startsWith(wanted);
}
