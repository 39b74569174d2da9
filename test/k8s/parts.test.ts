import { readFileSync } from 'node:fs';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { ConfigMap } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configurationOf, documentedKeys } from './configuration.js';
import { canRender, type Edit, type Rendered, render, withGateway, withMonitor, withRegistryPort, withVersion } from './rendering.js';
import { containerOf, labelsOf, nameOf, podOf, secretFiles, selects, type Workload, workloads } from './workloads.js';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../packages/cli/package.json', import.meta.url), 'utf8')));

/** The one workload that this is true of. */
function only(objects: readonly Rendered[], isMeant: (workload: Workload) => boolean): Workload {
  const [found, ...more] = workloads(objects).filter(isMeant);
  if (!found || more.length > 0) throw new Error('not exactly one such workload');
  return found;
}
const called = (name: string) => (workload: Workload) => nameOf(workload) === name;

describe.runIf(canRender)('the api', () => {
  const api = () => only(render('trial'), called('headgate-api'));

  it('is three, replaced one by one, none taken before its successor has proved itself', () => {
    expect(api().spec).toMatchObject({
      replicas: 3,
      minReadySeconds: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
  });

  it('is asked for readiness where calls arrive, and for life where nothing but the process counts', () => {
    const container = containerOf(api());
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 2 });
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 10, failureThreshold: 6 });
    const { httpGet, periodSeconds = 0, failureThreshold = 0 } = container.startupProbe ?? {};
    expect([httpGet?.path, periodSeconds * failureThreshold]).toEqual(['/livez', 60]);
    expect(container.lifecycle?.preStop).toEqual({ sleep: { seconds: 5 } });
  });

  it('spreads over zones and nodes', () => {
    const spread = podOf(api()).topologySpreadConstraints?.map(({ topologyKey, maxSkew, whenUnsatisfiable }) => [
      topologyKey,
      maxSkew,
      whenUnsatisfiable,
    ]);
    expect(spread).toEqual([
      ['topology.kubernetes.io/zone', 1, 'ScheduleAnyway'],
      ['kubernetes.io/hostname', 1, 'ScheduleAnyway'],
    ]);
  });

  it('is scaled by its CPU in production, where no apply sets the number back', () => {
    const objects = render('production');
    expect(objects.find((object) => HorizontalPodAutoscaler.is(object))).toMatchObject({
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'headgate-api' },
        minReplicas: 3,
        maxReplicas: 10,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
        behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
      },
    });
    expect(only(objects, called('headgate-api')).spec).not.toHaveProperty('replicas');
  });
});

describe.runIf(canRender)('the worker', () => {
  it('is two, asked where it serves nothing but health and metrics', () => {
    const worker = only(render('production'), called('headgate-worker'));
    expect(worker.spec).toMatchObject({ replicas: 2 });
    expect(containerOf(worker).ports).toEqual([{ name: 'metrics', containerPort: 9464 }]);
    expect(containerOf(worker).readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
  });
});

describe.runIf(canRender)('the migrate job', () => {
  const job = (...edits: Edit[]) => only(render('production', edits), (workload) => Job.is(workload));

  it.each(['trial', 'production'])('carries the version of this repository in its name: %s', (overlay) => {
    const found = only(render(overlay), (workload) => Job.is(workload));
    expect(nameOf(found)).toBe(`headgate-migrate-${version}`);
    expect(containerOf(found).image?.split(':')).toEqual([expect.any(String), version]);
  });

  it('is another one for another version', () => {
    expect(nameOf(job(withVersion('0.2.0-rc.1')))).toBe('headgate-migrate-0.2.0-rc.1');
  });

  it('takes its name from an image of a registry with a port, as the comment says', () => {
    expect(nameOf(job(...withRegistryPort))).toBe(`headgate-migrate-${version}`);
  });

  it('stays as it ran when settings change, since a job cannot be changed; the workers do not stay', () => {
    const edits: Edit[] = [
      { file: 'overlays/production/settings.env', from: /DF_TRUSTED_PROXIES=.*/, to: 'DF_TRUSTED_PROXIES=10.0.0.1' },
      { file: 'overlays/production/system-database.env', from: /DB_HOST=.*/, to: 'DB_HOST=other.example.com' },
    ];
    expect(job(...edits)).toEqual(job());
    expect(only(render('production', edits), called('headgate-api'))).not.toEqual(only(render('production'), called('headgate-api')));
  });

  it('can be applied before all else by its label, with everything that it needs', () => {
    const alone = render('production').filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'migrate');
    expect(alone.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      'ConfigMap headgate-system-database',
      `Job headgate-migrate-${version}`,
      'ServiceAccount headgate',
    ]);
    const own = only(alone, (workload) => Job.is(workload));
    expect(podOf(own).serviceAccountName).toBe('headgate');
    expect(() => configurationOf(own, alone)).not.toThrow();
  });
});

describe.runIf(canRender)('the way in', () => {
  const ingress = () => render('production').find((object) => Ingress.is(object));
  const pathsOf = (found: ReturnType<typeof ingress>) => found?.spec?.rules?.flatMap(({ http }) => http?.paths ?? []) ?? [];

  it('is by TLS, over the Ingress as over the Gateway, to the same paths', () => {
    expect(ingress()?.spec?.tls).toEqual([{ hosts: ['headgate.example.com'], secretName: 'headgate-tls' }]);
    const gateway = render('production', [withGateway]);
    const routes = gateway.filter((object) => HTTPRoute.is(object));
    const route = (name: string) => routes.find(({ metadata }) => metadata?.name === name)?.spec;
    expect(route('headgate-to-https')).toMatchObject({
      parentRefs: [{ sectionName: 'http' }],
      rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
    });
    expect(route('headgate')?.parentRefs).toEqual([{ name: 'headgate', sectionName: 'https' }]);
    const byGateway = route('headgate')?.rules?.flatMap(({ matches = [] }) =>
      matches.map(({ path }) => [path?.type?.replace('Path', ''), path?.value]),
    );
    expect(byGateway).toEqual(pathsOf(ingress()).map(({ path, pathType }) => [pathType, path]));
  });

  it('leads to no health path and no metrics', () => {
    const paths = pathsOf(ingress());
    expect(paths.map(({ path }) => path)).toContain('/api');
    for (const hidden of ['/livez', '/readyz', '/live', '/ready', '/up', '/metrics']) {
      const leading = paths.filter(({ path = '', pathType }) => (pathType === 'Exact' ? path === hidden : hidden.startsWith(path)));
      expect(leading).toEqual([]);
    }
  });

  it('is open to the balancer alone, and metrics to Prometheus alone', () => {
    const policies = render('production').filter((object) => NetworkPolicy.is(object));
    const policy = (name: string) => policies.find(({ metadata }) => metadata?.name === name)?.spec;
    const from = (label: string) => [{ namespaceSelector: { matchLabels: { [label]: 'true' } } }];
    expect(policies).toHaveLength(3);
    expect(policy('headgate-nobody')).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
    expect(policy('headgate-balancer')?.ingress).toEqual([{ from: from('headgate-balancer'), ports: [{ port: 'http', protocol: 'TCP' }] }]);
    expect(policy('headgate-metrics')?.ingress).toEqual([
      { from: from('headgate-metrics'), ports: [{ port: 'metrics', protocol: 'TCP' }] },
    ]);
  });

  it('believes no balancer until one is named', () => {
    const trusted = (objects: Rendered[]) => configurationOf(only(objects, called('headgate-api')), objects).settings.http.trustedProxies;
    expect(trusted(render('trial'))).toEqual([]);
    // An address of documentation, which belongs to nobody.
    expect(trusted(render('production'))).toEqual(['192.0.2.1']);
  });
});

describe.runIf(canRender)('the monitor of pods', () => {
  const selector = z.object({
    matchExpressions: z.array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()) })),
  });
  const monitored = z.strictObject({
    selector,
    podMetricsEndpoints: z.tuple([z.strictObject({ port: z.literal('metrics'), path: z.literal('/metrics') })]),
  });

  it('finds the metrics of the api and the worker, and nothing else', () => {
    const objects = render('production', [withMonitor]);
    const monitor = objects.find(({ kind }) => kind === 'PodMonitor');
    expect(monitor?.apiVersion).toBe('monitoring.coreos.com/v1');
    const spec = monitored.parse(monitor?.spec);
    const found = workloads(objects).filter((workload) => selects(spec.selector, labelsOf(workload)));
    expect(found.map(nameOf)).toEqual(['headgate-api', 'headgate-worker']);
    for (const workload of found) expect(containerOf(workload).ports?.map(({ name }) => name)).toContain('metrics');
  });
});

describe.runIf(canRender)('the databases of the trial', () => {
  const databases = (objects: readonly Rendered[]) =>
    workloads(objects).filter((workload) => labelsOf(workload)['app.kubernetes.io/name'] !== 'headgate');

  it('keep the state and evict the cache', () => {
    const objects = render('trial');
    const configuration = (name: string) => {
      const volume = podOf(only(objects, called(name))).volumes?.find(({ configMap }) => configMap);
      const map = objects.filter((object) => ConfigMap.is(object)).find(({ metadata }) => metadata?.name === volume?.configMap?.name);
      return map?.data?.['redis.conf']?.split('\n');
    };
    expect(configuration('redis-state')).toEqual(
      expect.arrayContaining(['maxmemory-policy noeviction', 'appendonly yes', 'appendfsync everysec']),
    );
    expect(configuration('redis-cache')).toEqual(expect.arrayContaining(['maxmemory-policy allkeys-lru', 'appendonly no', 'save ""']));
  });

  it('are reached by api, worker and migrate, and by nobody else', () => {
    const objects = render('trial');
    expect(databases(objects).map(nameOf).toSorted()).toEqual(['postgres', 'redis-cache', 'redis-state']);
    const policies = objects.filter((object) => NetworkPolicy.is(object)).map(({ spec }) => spec);
    for (const database of databases(objects)) {
      const opening = policies.filter((policy) => policy?.ingress && selects(policy.podSelector ?? {}, labelsOf(database)));
      const [rule, ...rules] = opening.flatMap((policy) => policy?.ingress ?? []);
      const [peer, ...peers] = rule?.from ?? [];
      expect([rules, peers]).toEqual([[], []]);
      expect(Object.keys(peer ?? {})).toEqual(['podSelector']);
      const allowed = workloads(objects).filter((workload) => selects(peer?.podSelector ?? {}, labelsOf(workload)));
      expect(allowed.map((workload) => containerOf(workload).name)).toEqual(['api', 'worker', 'migrate']);
      expect(containerOf(database).ports?.map(({ name }) => name)).toEqual(rule?.ports?.map(({ port }) => port));
    }
  });

  it('take secrets that the page has one make', () => {
    for (const database of databases(render('trial'))) {
      const files = [...secretFiles(database, documentedKeys).values()];
      expect(files).not.toEqual([]);
      for (const { secret, key } of files) expect(documentedKeys(secret)).toContain(key);
    }
  });
});
