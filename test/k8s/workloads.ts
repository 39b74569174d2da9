import { Deployment, type IDeployment, type IStatefulSet, StatefulSet } from 'kubernetes-models/apps/v1';
import type { IJob } from 'kubernetes-models/batch/v1';
import { Job } from 'kubernetes-models/batch/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { ConfigMap } from 'kubernetes-models/v1';
import type { Rendered } from './rendering.js';

/** What runs pods. */
export type Workload = IDeployment | IStatefulSet | IJob;

export function workloads(objects: readonly Rendered[]): Workload[] {
  return objects.filter((object) => isWorkload(object));
}

function isWorkload(object: unknown): object is Workload {
  return Deployment.is(object) || StatefulSet.is(object) || Job.is(object);
}

export const nameOf = (workload: Workload): string => workload.metadata?.name ?? '';
export const labelsOf = (workload: Workload): Readonly<Record<string, string>> => workload.spec?.template.metadata?.labels ?? {};

export function podOf(workload: Workload): IPodSpec {
  const pod = workload.spec?.template.spec;
  if (!pod) throw new Error(`${nameOf(workload)} has no pod`);
  return pod;
}

/** Its one container. */
export function containerOf(workload: Workload): IContainer {
  const { containers, initContainers = [] } = podOf(workload);
  const [container] = containers;
  if (containers.length !== 1 || initContainers.length !== 0 || !container) throw new Error(`${nameOf(workload)} has not one container`);
  return container;
}

/** The environment of its container, as the kubelet would put it together. Throws where it refers to what is not rendered. */
export function environmentOf(workload: Workload, objects: readonly Rendered[]): Record<string, string> {
  const container = containerOf(workload);
  const environment: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = objects.filter((object) => ConfigMap.is(object)).find((object) => object.metadata?.name === configMapRef?.name);
    if (!map) throw new Error(`${nameOf(workload)} takes its environment from ${configMapRef?.name ?? 'a secret'}, which is not there`);
    Object.assign(environment, map.data);
  }
  for (const { name, value = '' } of container.env ?? []) environment[name] = value;
  return environment;
}

/** Every file that a secret puts into the container, with where it comes from. `keysOf` tells the keys of a secret. */
export function secretFiles(
  workload: Workload,
  keysOf: (secret: string) => readonly string[],
): Map<string, { secret: string; key: string }> {
  const files = new Map<string, { secret: string; key: string }>();
  const mountOf = (volume: string) => containerOf(workload).volumeMounts?.find(({ name }) => name === volume)?.mountPath;
  for (const { name, secret, projected } of podOf(workload).volumes ?? []) {
    const sources = [
      ...(secret ? [{ name: secret.secretName, items: secret.items }] : []),
      ...(projected?.sources ?? []).flatMap((source) => source.secret ?? []),
    ];
    for (const source of sources) {
      const from = source.name ?? '';
      const items = source.items ?? keysOf(from).map((key) => ({ key, path: key }));
      for (const { key, path } of items) files.set(`${mountOf(name)}/${path}`, { secret: from, key });
    }
  }
  return files;
}

/** Whether a selector of labels takes a pod with these. */
export function selects(
  selector: {
    readonly matchLabels?: Record<string, string>;
    readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
  },
  labels: Readonly<Record<string, string>>,
): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`the operator ${operator} is not looked at here`);
      return values.includes(labels[key] ?? '');
    })
  );
}
