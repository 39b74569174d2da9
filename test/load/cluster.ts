/**
 * What workers cost behind the balancer: 1, 2 and 3 of them at the same fixed rate for each, and one without the balancer, in interleaved runs.
 * Prints CPU time per call of workers and balancer, what the balancer adds, and how far the runs lie apart: above 5% there is no verdict.
 *
 *   node test/load/cluster.ts [--rate 100] [--seconds 10] [--runs 5] [--mix mixed|record] [--json FILE]
 *
 * `--rate` is of calls a second for each worker. Needs Linux with a Docker engine of its own, and builds the image; everything stops by itself.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BalancedWorkers, SERVICE } from './balanced-workers.ts';
import { requests } from './calls.ts';
import { median, round, scatter, spread } from './figures.ts';
import { type OpenLoopResult, openLoop } from './open-loop.ts';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    runs: { type: 'string', default: '5' },
    mix: { type: 'string', default: 'mixed' },
    json: { type: 'string' },
  },
});
const RATE = Number(options.rate);
const SECONDS = Number(options.seconds);
const RUNS = Number(options.runs);
const MOST_WORKERS = 3;
/** Above it the runs do not agree well enough to say anything. */
const MOST_SCATTER = 0.05;
const MOST_GROWTH = 1.1;
/** Balancer, databases and client need as many more. */
const CORES_OF_OTHERS = 3;

/** How calls reach how many workers. */
const SCENES = [
  { name: 'direct', workers: 1, isDirect: true },
  { name: '1 worker', workers: 1, isDirect: false },
  { name: '2 workers', workers: 2, isDirect: false },
  { name: '3 workers', workers: 3, isDirect: false },
] as const;
type Scene = (typeof SCENES)[number];

interface Run {
  readonly workerMicroseconds: number;
  readonly balancerMicroseconds: number;
  readonly latencies: readonly number[];
}

const cluster = await BalancedWorkers.open(MOST_WORKERS);
try {
  const call = requests({ service: SERVICE, key: cluster.key, mix: options.mix });
  // Until each worker has compiled what is called often.
  await cluster.use(MOST_WORKERS);
  await offer(new URL(cluster.stack.origin), RATE * MOST_WORKERS * 2, SECONDS * 2, call);
  const runs = new Map<Scene, Run[]>(SCENES.map((scene) => [scene, []]));
  for (let run = 0; run < RUNS; run++) {
    for (let turn = 0; turn < SCENES.length; turn++) {
      const scene = SCENES[(run + turn) % SCENES.length]!;
      runs.get(scene)!.push(await measure(scene, call));
    }
  }
  report(runs);
} finally {
  await cluster.close();
}
process.exit();

async function measure({ workers, isDirect, name }: Scene, call: (position: number) => string): Promise<Run> {
  const used = await cluster.use(workers);
  const target = new URL(isDirect ? used[0]!.container.origin : cluster.stack.origin);
  await offer(target, RATE * workers, 2, call);
  const cpu = () => ({ workers: used.reduce((sum, worker) => sum + worker.cpu(), 0), balancer: cluster.balancer.cpu() });
  const before = cpu();
  const result = await offer(target, RATE * workers, SECONDS, call);
  const after = cpu();
  const calls = RATE * workers * SECONDS;
  const latencies = [...(result.latencies.get(200) ?? []), ...(result.latencies.get(201) ?? [])];
  if (latencies.length !== calls) {
    const refused = [...result.latencies].filter(([status]) => status >= 300).map(([status, { length }]) => `${length} with ${status}`);
    const others = [`${result.broken} broken off`, `${result.unanswered} without an answer`];
    throw new Error(`${name}: ${calls - latencies.length} of ${calls} calls were not served: ${[...refused, ...others].join(', ')}`);
  }
  return {
    workerMicroseconds: (after.workers - before.workers) / calls,
    balancerMicroseconds: isDirect ? 0 : (after.balancer - before.balancer) / calls,
    latencies,
  };
}

function offer({ hostname, port }: URL, rate: number, seconds: number, call: (position: number) => string): Promise<OpenLoopResult> {
  return openLoop({ host: hostname, port: Number(port), rate, seconds, connections: 100, request: call });
}

function report(runs: ReadonlyMap<Scene, readonly Run[]>): void {
  const figures = [...runs].map(([{ name, workers, isDirect }, of]) => {
    const worker = of.map(({ workerMicroseconds }) => workerMicroseconds);
    const balancer = of.map(({ balancerMicroseconds }) => balancerMicroseconds);
    const { p50, p99 } = spread(of.flatMap(({ latencies }) => latencies));
    return {
      name,
      rate: RATE * workers,
      workerMicroseconds: Math.round(median(worker)),
      workerScatter: round(scatter(worker)),
      balancerMicroseconds: Math.round(median(balancer)),
      balancerScatter: isDirect ? 0 : round(scatter(balancer)),
      p50,
      p99,
    };
  });
  console.log('| calls to | calls/s | worker CPU µs | apart | balancer CPU µs | apart | p50 ms | p99 ms |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const f of figures) {
    const cells = [
      f.name,
      f.rate,
      f.workerMicroseconds,
      percent(f.workerScatter),
      f.balancerMicroseconds,
      percent(f.balancerScatter),
      f.p50,
      f.p99,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);

  const [direct, one, , three] = figures;
  const growth = three!.workerMicroseconds / one!.workerMicroseconds;
  const apart = Math.max(one!.workerScatter, three!.workerScatter);
  console.log(`\nA worker's CPU per call, three against one: ${round(growth)}.`);
  console.log(`The balancer adds ${one!.balancerMicroseconds} µs of CPU and ${round(one!.p50 - direct!.p50)} ms to the median of a call.`);
  if (apart > MOST_SCATTER) console.log(`NO VERDICT: the runs lie ${percent(apart)} apart; ${percent(MOST_SCATTER)} is the most.`);
  else console.log(growth <= MOST_GROWTH ? 'reached  it stays within 10%' : 'MISSED   it stays within 10%');
  const cores = cpus().length;
  if (cores < MOST_WORKERS + CORES_OF_OTHERS) {
    console.log(
      `How many more calls three workers serve than one is not measured: it takes ${MOST_WORKERS + CORES_OF_OTHERS} cores, and here are ${cores}.`,
    );
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
