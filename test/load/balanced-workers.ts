import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ADMIN, buildImage, type ContainerOfStack, docker, openStack, type Stack, succeeding } from '../stack/compose.ts';
import { administer, apiKeyFor } from './access.ts';
import { VISITS } from './calls.ts';
import { OTHER_CORE, pin } from './machine.ts';
import { containerCpu } from './process-cost.ts';

/** The service of the profile `sample`, over the database that holds the records of `data.sql`. */
export const SERVICE = 'sample';

interface Measured {
  /** Its name in the balancer's statistics. */
  readonly server: string;
  readonly container: ContainerOfStack;
  /** CPU time so far, in microseconds. */
  cpu(): number;
}

/**
 * The stack of `compose.yaml` with so many workers, which share one core; balancer, databases and this process share another. Needs a
 * Docker engine on this very machine, since it reads what containers cost from the system.
 */
export class BalancedWorkers {
  readonly stack: Stack;
  readonly key: string;
  readonly workers: readonly Measured[];
  readonly balancer: Pick<Measured, 'cpu'>;

  private constructor(stack: Stack, key: string, workers: readonly Measured[], balancer: Pick<Measured, 'cpu'>) {
    this.stack = stack;
    this.key = key;
    this.workers = workers;
    this.balancer = balancer;
  }

  static async open(count: number): Promise<BalancedWorkers> {
    pin(process.pid, OTHER_CORE);
    await buildImage();
    const stack = await openStack({ workers: count, profiles: ['sample'], files: ['test/load/compose.cores.yaml'] });
    try {
      const input = `${readFileSync(path.join(import.meta.dirname, 'data.sql'), 'utf8')}\n${VISITS}`;
      await succeeding(stack.exec('sample-postgres', ['psql', '-q', '-U', 'sample', '-v', 'ON_ERROR_STOP=1'], { input }));
      const call = await administer(stack.origin, ADMIN);
      const { resource } = await call('GET', `system/service?filter=name='${SERVICE}'`);
      const key = await apiKeyFor(call, resource[0]!.id);
      const servers = await stack.statistics();
      const workers = (await stack.containers('api')).map(async (container) => ({
        server: servers.find(({ address }) => address === `${container.address}:8080`)!.name,
        container,
        cpu: await cpuOf(container),
      }));
      const [balancer] = await stack.containers('haproxy');
      return new BalancedWorkers(stack, key, await Promise.all(workers), { cpu: await cpuOf(balancer!) });
    } catch (error) {
      await stack.down();
      throw error;
    }
  }

  /** Lets the balancer send calls to the first of the workers alone; the others run on without any. */
  async use(count: number): Promise<readonly Measured[]> {
    for (const [index, { server }] of this.workers.entries()) {
      await this.#ask(`set server api/${server} state ${index < count ? 'ready' : 'maint'}`);
    }
    await this.stack.untilBalancedOver(count);
    return this.workers.slice(0, count);
  }

  /** How often the balancer took workers out, by its own account. */
  async timesOut(): Promise<number> {
    return (await this.stack.statistics()).reduce((sum, { columns }) => sum + Number(columns.chkdown), 0);
  }

  close(): Promise<void> {
    return this.stack.down();
  }

  #ask(question: string) {
    return succeeding(this.stack.exec('haproxy', ['/usr/local/etc/haproxy/ask', question]));
  }
}

async function cpuOf({ id }: ContainerOfStack): Promise<() => number> {
  const pid = Number((await succeeding(docker(['inspect', '-f', '{{.State.Pid}}', id]))).stdout);
  return () => containerCpu(pid);
}
