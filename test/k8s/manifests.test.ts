import { SETTING_ROWS } from '@headgate/core';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { configurationOf, documentedKeys, KEY, SECRET } from './configuration.js';
import { canRender, type Rendered, render, withClosedEgress, withGateway, withMonitor } from './rendering.js';
import { schemaProblems } from './schemas.js';
import { containerOf, labelsOf, nameOf, podOf, secretFiles, selects, type Workload, workloads } from './workloads.js';

const VARIANTS: readonly (readonly [string, () => Rendered[]])[] = [
  ['trial', () => render('trial')],
  ['production', () => render('production')],
  ['production with everything on offer', () => render('production', [withGateway, withMonitor, withClosedEgress])],
];

const named = (all: readonly Workload[]) => all.map((workload) => [nameOf(workload), workload] as const);

describe.runIf(canRender).each(VARIANTS)('the manifests: %s', (_, renderVariant) => {
  const objects = renderVariant();
  const running = workloads(objects);
  const ours = running.filter((workload) => labelsOf(workload)['app.kubernetes.io/name'] === 'headgate');
  const lasting = ours.filter((workload) => !Job.is(workload));

  it('fit the schemas of Kubernetes, and have no field that they do not know', () => {
    // The Prometheus operator publishes no schema for npm: a test of its own looks at this kind.
    const known = objects.filter(({ kind }) => kind !== 'PodMonitor');
    const problems = known.flatMap((object) =>
      schemaProblems(object).map((problem) => `${object.kind} ${object.metadata.name}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  it('lie in one namespace that refuses privileged pods', () => {
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
    expect(namespaces.map(({ metadata }) => metadata)).toEqual([
      { name: 'headgate', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    ]);
    const others = objects.filter(({ kind }) => kind !== 'Namespace');
    expect(new Set(others.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['headgate']));
  });

  it('run the api, the worker and migrate from one image of a stated version', () => {
    expect(ours.map((workload) => containerOf(workload).args)).toEqual([['api'], ['worker'], ['migrate']]);
    expect(new Set(ours.map((workload) => containerOf(workload).image)).size).toBe(1);
    for (const workload of running) expect(containerOf(workload).image).toMatch(/^[\w./-]+:(?!latest$)[\w.-]+$/);
  });

  it.each(named(running))('run %s without rights, on a file system that it cannot write', (_name, workload) => {
    const pod = podOf(workload);
    const container = containerOf(workload);
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
    expect([pod.hostNetwork, pod.hostPID, pod.hostIPC]).toEqual([undefined, undefined, undefined]);
    expect((pod.volumes ?? []).filter(({ hostPath }) => hostPath)).toEqual([]);
  });

  it.each(named(running))('bound the memory of %s, and not its CPU', (_name, workload) => {
    expect(containerOf(workload).resources).toEqual({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  });

  it('run Headgate as the user of its image', () => {
    for (const workload of ours) expect(podOf(workload).securityContext).toMatchObject({ runAsUser: 1000, fsGroup: 1000 });
  });

  it('ask whatever lasts whether it started, lives and is ready', () => {
    for (const workload of running.filter((candidate) => !Job.is(candidate))) {
      const container = containerOf(workload);
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
        expect(probe, nameOf(workload)).toBeDefined();
        const port = probe?.httpGet?.port;
        if (port !== undefined) expect(container.ports?.map(({ name }) => name)).toContain(port);
      }
    }
  });

  it('select by labels that pods have', () => {
    const chosen = (selector: Parameters<typeof selects>[0]) =>
      running.filter((workload) => selects(selector, labelsOf(workload))).map(nameOf);
    for (const workload of running) {
      if (Deployment.is(workload) || StatefulSet.is(workload)) expect(chosen(workload.spec?.selector ?? {})).toEqual([nameOf(workload)]);
      for (const { labelSelector } of podOf(workload).topologySpreadConstraints ?? []) {
        expect(chosen(labelSelector ?? {})).toEqual([nameOf(workload)]);
      }
    }
    const policies = objects.filter((object) => NetworkPolicy.is(object));
    for (const policy of policies) expect(chosen(policy.spec?.podSelector ?? {}), policy.metadata?.name).not.toEqual([]);
  });

  it('let one pod of the api and one of the worker be taken away at a time', () => {
    const budgets = objects.filter((object) => PodDisruptionBudget.is(object)).map(({ spec }) => spec);
    expect(budgets.map((budget) => budget?.maxUnavailable)).toEqual([1, 1]);
    const kept = lasting.map((workload) => budgets.filter((budget) => selects(budget?.selector ?? {}, labelsOf(workload))).length);
    expect(kept).toEqual([1, 1]);
  });

  it('name services that are there, before one kind of pod each', () => {
    const services = objects.filter((object) => Service.is(object));
    for (const { metadata, spec } of services) {
      const targets = running.filter((workload) => selects({ matchLabels: spec?.selector ?? {} }, labelsOf(workload)));
      expect(targets, metadata?.name).toHaveLength(1);
      const ports = targets.flatMap((workload) => containerOf(workload).ports?.map(({ name }) => name));
      for (const { targetPort } of spec?.ports ?? []) expect(ports).toContain(targetPort);
    }
    const names = services.map(({ metadata }) => metadata?.name);
    const rules = objects.filter((object) => Ingress.is(object)).flatMap(({ spec }) => spec?.rules ?? []);
    const routes = objects.filter((object) => HTTPRoute.is(object)).flatMap(({ spec }) => spec.rules ?? []);
    const asked = [
      ...rules.flatMap(({ http }) => http?.paths.map(({ backend }) => backend.service?.name)),
      ...routes.flatMap(({ backendRefs = [] }) => backendRefs.map(({ name }) => name)),
      ...running.filter((workload) => StatefulSet.is(workload)).map(({ spec }) => spec?.serviceName),
    ];
    expect(asked.filter((name) => name === undefined || !names.includes(name))).toEqual([]);
  });

  it.each(named(ours))('give %s settings that it takes, and secrets that the page has one make', (_name, workload) => {
    const files = secretFiles(workload, documentedKeys);
    for (const { secret, key } of files.values()) expect(documentedKeys(secret), secret).toContain(key);
    const { settings, warnings } = configurationOf(workload, objects);
    expect(warnings.filter((warning) => !warning.startsWith('Without effect yet'))).toEqual([]);
    expect(settings.app.key).toBe(KEY);
    expect(settings.database).toMatchObject({ connection: 'pgsql', username: SECRET, password: SECRET });
    if (settings.database.sslCa !== undefined) expect([...files.keys()]).toContain(settings.database.sslCa);
  });

  it('give workers a Redis for state and another for the cache', () => {
    for (const workload of lasting) {
      const { limitCache, queue, cache, bus, redis } = configurationOf(workload, objects).settings;
      expect([limitCache.store, queue.connection, cache.store]).toEqual(['redis', 'redis', 'redis']);
      expect([limitCache.host, queue.host, bus.host]).toEqual([redis.host, redis.host, redis.host]);
      expect([undefined, redis.host]).not.toContain(cache.host);
    }
  });

  it('show metrics where workers serve them', () => {
    for (const workload of lasting) {
      const port = configurationOf(workload, objects).settings.metrics.port;
      expect(containerOf(workload).ports).toContainEqual({ name: 'metrics', containerPort: port });
      expect(workload.spec?.template.metadata?.annotations).toEqual({
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': String(port),
        'prometheus.io/path': '/metrics',
      });
    }
  });

  it('hold no secret, neither as an object nor as a value', () => {
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const secret = new Set(
      SETTING_ROWS.filter(({ setting }) => setting.secret).flatMap(({ setting }) => [
        setting.name,
        ...setting.aliases,
        ...setting.fallbacks,
      ]),
    );
    const given = [
      ...objects.filter((object) => ConfigMap.is(object)).flatMap(({ data }) => Object.keys(data ?? {})),
      ...running.flatMap((workload) => containerOf(workload).env?.map(({ name }) => name) ?? []),
    ];
    expect(given.length).toBeGreaterThan(10);
    expect(given.filter((name) => secret.has(name) || /(PASSWORD|SECRET|TOKEN|KEY)$/.test(name))).toEqual([]);
  });

  it('end a pod later than its worker needs', () => {
    for (const workload of lasting) {
      const { drain, shutdown } = configurationOf(workload, objects).settings.http;
      const asleep = containerOf(workload).lifecycle?.preStop?.sleep?.seconds ?? 0;
      expect(podOf(workload).terminationGracePeriodSeconds).toBe(60);
      expect(asleep * 1000 + drain + shutdown).toBeLessThanOrEqual(55_000);
    }
  });
});
