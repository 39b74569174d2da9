import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const MANIFESTS = path.resolve(import.meta.dirname, '../../k8s');

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** An object as `kubectl apply -k` would send it. */
export type Rendered = z.infer<typeof object>;

function findKubectl(): boolean {
  const problem = missing();
  if (problem === undefined) return true;
  if (process.env.CI) throw new Error(`the Kubernetes manifests cannot be checked: ${problem}`);
  console.warn(`\n*** LEFT OUT: the tests of the Kubernetes manifests: ${problem}\n*** Debian 13 has it in the package kubectl.\n`);
  return false;
}

function missing(): string | undefined {
  try {
    const { kustomizeVersion } = z
      .object({ kustomizeVersion: z.string().optional() })
      .parse(JSON.parse(execFileSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8' })));
    const [, major = '0'] = /^v(\d+)/.exec(kustomizeVersion ?? '') ?? [];
    return Number(major) >= 5 ? undefined : `kubectl has kustomize ${kustomizeVersion ?? 'of before 2021'}, 5 is needed`;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no kubectl' : String(error);
  }
}

/** Whether there is a kubectl that knows kustomize 5. In CI its lack is an error. */
export const canRender = findKubectl();

/** A line to be replaced in a file below `k8s`. */
export interface Edit {
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}

const PRODUCTION = 'overlays/production/kustomization.yaml';
export const withGateway: Edit = { file: PRODUCTION, from: '../../components/ingress', to: '../../components/gateway' };
export const withMonitor: Edit = { file: PRODUCTION, from: '# - ../../components/pod-monitor', to: '- ../../components/pod-monitor' };
export const withClosedEgress: Edit = { file: PRODUCTION, from: '# - ../../components/egress', to: '- ../../components/egress' };
export const withVersion = (tag: string): Edit => ({ file: PRODUCTION, from: /newTag: \S+/, to: `newTag: ${tag}` });
/** A registry with a port, and the index that the comment asks for there. */
export const withRegistryPort: readonly Edit[] = [
  { file: PRODUCTION, from: 'registry.example.com', to: 'registry.example.com:5000' },
  { file: PRODUCTION, from: 'index: 1', to: 'index: 2' },
];

/** Renders an overlay, on a copy with the given edits where there are some; nothing where there is no kubectl. */
export function render(overlay: string, edits: readonly Edit[] = []): Rendered[] {
  if (!canRender) return [];
  if (edits.length === 0) return kustomize(path.join(MANIFESTS, 'overlays', overlay));
  const copy = mkdtempSync(path.join(tmpdir(), 'headgate-k8s-'));
  try {
    cpSync(MANIFESTS, copy, { recursive: true });
    for (const { file, from, to } of edits) {
      const text = readFileSync(path.join(copy, file), 'utf8');
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`${file} has nothing like ${from}`);
      writeFileSync(path.join(copy, file), edited);
    }
    return kustomize(path.join(copy, 'overlays', overlay));
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** What kustomize warns of (deprecated fields) counts as wrong. */
function kustomize(folder: string): Rendered[] {
  const warnings = path.join(mkdtempSync(path.join(tmpdir(), 'headgate-k8s-')), 'warnings');
  try {
    const rendered = execFileSync('sh', ['-c', 'kubectl kustomize "$1" 2>"$2"', 'sh', folder, warnings], { encoding: 'utf8' });
    const warned = readFileSync(warnings, 'utf8');
    if (warned !== '') throw new Error(warned);
    return parseAllDocuments(rendered).map((document) => object.parse(document.toJS()));
  } finally {
    rmSync(path.dirname(warnings), { recursive: true });
  }
}
