import { ALL_VERBS, componentOf, type Requestor, VERBS, type VerbMask } from '@headgate/core';
import type { RoleAccessRow, RoleRecord } from '@headgate/system-db';
import { describe, expect, it } from 'vitest';
import { compileRole } from '../src/index.js';

const { GET, POST, PATCH, DELETE } = VERBS;
const SYSTEM = 2;
const DB = 6;

type RowSpec = readonly [component: string | null, mask: VerbMask, more?: Partial<RoleAccessRow>];

function role(rows: readonly RowSpec[], isActive = true): RoleRecord {
  const access = rows.map(([component, verbMask, more], position) => ({
    id: position + 1,
    serviceId: SYSTEM as number | null,
    component,
    verbMask,
    requestorMask: 3,
    filters: [],
    filterOp: 'and' as const,
    ...more,
  }));
  return { id: 3, name: 'reader', isActive, access };
}

const ALL_SERVICES = { serviceId: null };
const filter = (value: string) => ({ filters: [{ name: 'country', operator: '=', value }] });

function verbs(rows: readonly RowSpec[], component: string, { service = SYSTEM, requestor = 'API' as Requestor } = {}): VerbMask {
  return compileRole(role(rows)).service(service).verbsFor(component, requestor);
}

describe('the verbs that a role gives on a component', () => {
  describe('a row for all services', () => {
    it('without component opens every root and nothing below', () => {
      const rows: RowSpec[] = [['', GET, ALL_SERVICES]];
      expect(verbs(rows, '')).toBe(GET);
      expect(verbs(rows, '', { service: DB })).toBe(GET);
      expect(verbs(rows, 'app')).toBe(0);
    });

    it('with * opens everything', () => {
      const rows: RowSpec[] = [['*', GET, ALL_SERVICES]];
      for (const component of ['', 'app', 'app/1', 'app/foo/bar']) expect(verbs(rows, component)).toBe(GET);
    });

    it('with a named component opens nothing', () => {
      expect(verbs([['app', GET, ALL_SERVICES]], 'app')).toBe(0);
      expect(verbs([['app/*', GET, ALL_SERVICES]], 'app/1')).toBe(0);
    });

    it('is the fallback where no row of the service matches', () => {
      const rows: RowSpec[] = [
        ['*', GET, ALL_SERVICES],
        ['app/*', POST],
      ];
      expect(verbs(rows, 'role')).toBe(GET);
      expect(verbs(rows, 'app/1')).toBe(POST);
    });
  });

  describe('a row of the service', () => {
    it.each([null, ''])('with component %j opens its root only', (component) => {
      const rows: RowSpec[] = [[component, GET]];
      expect(verbs(rows, '')).toBe(GET);
      expect(verbs(rows, 'app')).toBe(0);
      expect(verbs(rows, '', { service: DB })).toBe(0);
    });

    it('with an exact component opens that alone', () => {
      const rows: RowSpec[] = [['app', GET]];
      expect(verbs(rows, 'app')).toBe(GET);
      for (const component of ['app/1', '', 'role', 'application']) expect(verbs(rows, component)).toBe(0);
    });

    it('with a component and * opens it and what is below, not its neighbours', () => {
      const rows: RowSpec[] = [['app/*', GET]];
      expect(verbs(rows, 'app')).toBe(GET);
      expect(verbs(rows, 'app/1')).toBe(GET);
      for (const component of ['', 'role', 'application', 'ap']) expect(verbs(rows, component)).toBe(0);
    });

    it('that is exact overrides *', () => {
      const rows: RowSpec[] = [
        ['*', GET],
        ['app', POST],
      ];
      expect(verbs(rows, '')).toBe(GET);
      expect(verbs(rows, 'role')).toBe(GET);
      expect(verbs(rows, 'app')).toBe(POST);
    });

    it('that is exact overrides its own star row', () => {
      const rows: RowSpec[] = [
        ['app', GET],
        ['app/*', POST],
      ];
      expect(verbs(rows, 'app')).toBe(GET);
      expect(verbs(rows, 'app/1')).toBe(POST);
    });

    it('that is exact narrows, also to nothing', () => {
      const rows: RowSpec[] = [
        ['*', GET | DELETE],
        ['admin/password', POST],
        ['secret', 0],
      ];
      expect(verbs(rows, 'admin/password')).toBe(POST);
      expect(verbs(rows, 'secret')).toBe(0);
    });

    it('adds its verbs to those of other star rows', () => {
      const rows: RowSpec[] = [
        ['*', GET],
        ['app/*', POST],
      ];
      expect(verbs(rows, 'app/1')).toBe(GET | POST);
      expect(verbs(rows, 'role')).toBe(GET);
    });

    it('ignores case and slashes at the ends', () => {
      expect(verbs([['/_Table/Contact/', GET]], '_table/contact')).toBe(GET);
      expect(verbs([['_TABLE/*', GET]], '_table/Contact')).toBe(GET);
    });

    it('for all tables does not open the root', () => {
      expect(verbs([['_table/*', ALL_VERBS]], '')).toBe(0);
      expect(verbs([['_table/*', GET]], '_table')).toBe(GET);
    });

    it('gives another service nothing', () => {
      expect(verbs([['*', ALL_VERBS]], 'app', { service: DB })).toBe(0);
    });
  });

  it('counts only rows for the requestor', () => {
    const rows: RowSpec[] = [
      ['role', GET, { requestorMask: 1 }],
      ['role', POST, { requestorMask: 2 }],
      ['role', PATCH, { requestorMask: 1 }],
      ['role', DELETE, { requestorMask: 3 }],
      ['role', ALL_VERBS, { requestorMask: 0 }],
    ];
    expect(verbs(rows, 'role')).toBe(GET | PATCH | DELETE);
    expect(verbs(rows, 'role', { requestor: 'SCRIPT' })).toBe(POST | DELETE);
  });

  it('are none for an inactive role', () => {
    const access = compileRole(role([['*', ALL_VERBS, ALL_SERVICES]], false));
    expect(access.isActive).toBe(false);
    expect(access.service(SYSTEM).verbsFor('app', 'API')).toBe(0);
    expect(access.service(SYSTEM).allowsAnywhere('GET', 'API')).toBe(false);
    expect(access.mayList(SYSTEM)).toBe(false);
  });

  it('are compiled once per record, each service with a stamp of its own', () => {
    const record = role([
      ['*', GET],
      ['*', GET, { serviceId: DB }],
    ]);
    const access = compileRole(record);
    expect(compileRole(record)).toBe(access);
    expect(access.service(SYSTEM)).toBe(access.service(SYSTEM));
    const stamps = new Set([access.service(SYSTEM).stamp, access.service(DB).stamp, compileRole(role([['*', GET]])).service(SYSTEM).stamp]);
    expect(stamps.size).toBe(3);
  });
});

describe('the list of services', () => {
  it('has services with any row that gives a verb, and all services under a row for all', () => {
    expect(compileRole(role([['_table/x', POST]])).mayList(SYSTEM)).toBe(true);
    expect(compileRole(role([['_table/x', POST]])).mayList(DB)).toBe(false);
    expect(compileRole(role([['*', GET, ALL_SERVICES]])).mayList(DB)).toBe(true);
  });

  it('leaves out services without a verb or for scripts only', () => {
    expect(compileRole(role([['*', 0]])).mayList(SYSTEM)).toBe(false);
    expect(compileRole(role([['*', GET, { requestorMask: 2 }]])).mayList(SYSTEM)).toBe(false);
  });
});

describe('the record filter of a table', () => {
  const filterOf = (rows: readonly RowSpec[], table = 'contact', verb: 'GET' | 'POST' | 'HEAD' = 'GET', requestor: Requestor = 'API') =>
    compileRole(role(rows)).service(SYSTEM).recordFilter(table, verb, requestor)?.conditions[0]?.value;

  it('is that of the last row of the bucket, filters are not combined', () => {
    const rows: RowSpec[] = [
      ['_table/contact/*', GET, filter('DE')],
      ['_table/*', GET, filter('FR')],
    ];
    expect(filterOf(rows)).toBe('FR');
    expect(filterOf([rows[1]!, rows[0]!])).toBe('DE');
  });

  it('is that of the exact row before all others', () => {
    expect(
      filterOf([
        ['_table/contact', GET, filter('DE')],
        ['_table/contact/*', GET, filter('FR')],
      ]),
    ).toBe('DE');
  });

  it('disappears when the last row has none', () => {
    expect(
      filterOf([
        ['_table/contact/*', GET, filter('DE')],
        ['_table/*', GET],
      ]),
    ).toBeUndefined();
  });

  it('counts only rows that give the verb', () => {
    const rows: RowSpec[] = [
      ['_table/contact/*', GET, filter('DE')],
      ['_table/*', POST, filter('FR')],
    ];
    expect(filterOf(rows)).toBe('DE');
    expect(filterOf(rows, 'contact', 'POST')).toBe('FR');
    expect(filterOf(rows, 'contact', 'HEAD')).toBe('DE');
  });

  it('counts only rows for the requestor, whatever the case of the table', () => {
    const rows: RowSpec[] = [['_table/Contact/*', GET, { ...filter('DE'), requestorMask: 2 }]];
    expect(filterOf(rows)).toBeUndefined();
    expect(filterOf(rows, 'CONTACT', 'GET', 'SCRIPT')).toBe('DE');
  });

  it('is the one of the component by which the URL of the table is allowed', () => {
    const rows: RowSpec[] = [
      ['_table/a%2fb/*', GET, filter('slash')],
      ['_table/sum/*', GET, filter('call')],
    ];
    expect(filterOf(rows, 'a/b')).toBe('slash');
    expect(filterOf(rows, 'sum(x)')).toBe('call');
    expect(verbs(rows, componentOf(['_table', 'sum(x)']))).toBe(GET);
  });

  it('is not taken from rows for all services', () => {
    expect(filterOf([['*', GET, { ...ALL_SERVICES, ...filter('DE') }]])).toBeUndefined();
  });

  it('keeps its identity and how its conditions are joined', () => {
    const service = compileRole(role([['_table/*', GET, { ...filter('DE'), filterOp: 'or' }]])).service(SYSTEM);
    expect(service.recordFilter('contact', 'GET', 'API')).toBe(service.recordFilter('orders', 'GET', 'API'));
    expect(service.recordFilter('contact', 'GET', 'API')?.join).toBe('or');
  });
});
