import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** So many clients as "recovered" is said of. */
export const CONNECTIONS = Number(process.env.HEADGATE_TEST_CONNECTIONS ?? 100);

/** What became of one call. Times are those of `performance.now()`. */
export interface Call {
  readonly sentAt: number;
  readonly milliseconds: number;
  /** 0 where no whole answer came. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Of the document of an error; what went wrong where there is none. */
  readonly reason: string | undefined;
}

export interface Recovery {
  /** From the end of the fault to the first second in which all was as before. */
  readonly milliseconds: number;
  /** Of that second. */
  readonly p99: number;
  readonly former: number;
}

/** Clients that read records through the balancer over connections that stay open, each one call after the other with a short pause between. */
export interface ClosedLoop {
  readonly calls: readonly Call[];
  readonly failed: readonly Call[];
  /** The p99 of the next seconds, in milliseconds, once the connections are warm. */
  p99Of(seconds: number): Promise<number>;
  /** Resolves when so many calls that were sent from now on are answered. */
  answered(count: number): Promise<void>;
  /**
   * When, counted from `since`, the first second began in which no call failed and the p99 was at most twice the former. Rejects where there
   * is none within half a minute.
   */
  recovery(since: number, former: number): Promise<Recovery>;
  /** Lets what is under way end. */
  stop(): Promise<void>;
}

export interface ClosedLoopOptions {
  readonly origin: string;
  /** Below the origin. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections?: number;
}

const WARM = 500;
const SECOND = 1000;
/**
 * Before a client asks again, in milliseconds: 100 clients without a pause would measure how busy they themselves keep the machine, and those
 * that are refused at once would take the processor from what recovers.
 */
const PAUSE = 100;
const PATIENCE = 60 * SECOND;
/** A p99 below this is what the machine's scheduling makes of it: twice as much of that would judge the machine. */
const NOISE = 50;

export function startClosedLoop({ origin, target, headers, connections = CONNECTIONS }: ClosedLoopOptions): ClosedLoop {
  const calls: Call[] = [];
  const underWay = new Set<number>();
  let running = true;

  async function call(agent: Agent): Promise<Call> {
    const sentAt = performance.now();
    const answer = await ask(`${origin}/${target}`, headers, agent);
    return { sentAt, milliseconds: performance.now() - sentAt, ...answer };
  }

  async function client(): Promise<void> {
    // One connection each, never idle for long: of those that many share, some rest until the balancer closes them.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (running) {
      const sentAt = performance.now();
      underWay.add(sentAt);
      const done = await call(agent);
      underWay.delete(sentAt);
      calls.push(done);
      await wait(PAUSE);
    }
    agent.destroy();
  }

  const clients = Array.from({ length: connections }, client);
  const sentWithin = (from: number, to: number) => calls.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  const isOver = (from: number, to: number) => performance.now() > to && ![...underWay].some((sentAt) => sentAt >= from && sentAt < to);

  const loop: ClosedLoop = {
    calls,
    get failed() {
      return calls.filter(({ status }) => status !== 200);
    },
    async p99Of(seconds) {
      await loop.answered(WARM);
      const from = performance.now();
      const to = from + seconds * SECOND;
      while (!isOver(from, to)) await wait(20);
      return p99(sentWithin(from, to));
    },
    async answered(count) {
      const from = performance.now();
      for (const deadline = from + PATIENCE; performance.now() < deadline; await wait(20)) {
        let seen = 0;
        for (let index = calls.length - 1; index >= 0 && seen < count; index--) if (calls[index]!.sentAt >= from) seen++;
        if (seen >= count) return;
      }
      throw new Error(`${count} calls were not answered within a minute`);
    },
    async recovery(since, former) {
      const seen: string[] = [];
      const most = 2 * Math.max(former, NOISE);
      for (let from = since; from < since + 30 * SECOND; from += 100) {
        while (!isOver(from, from + SECOND)) await wait(20);
        const within = sentWithin(from, from + SECOND);
        const failed = within.filter(({ status }) => status !== 200).length;
        const now = p99(within);
        if (within.length > 0 && failed === 0 && now <= most) return { milliseconds: from - since, p99: now, former };
        seen.push(`${from - since} ms: ${within.length} calls, ${failed} failed, p99 ${now.toFixed(0)} ms`);
      }
      throw new Error(`not as before (p99 ${former.toFixed(0)} ms) within 30 s:\n${seen.filter((_, index) => index % 5 === 0).join('\n')}`);
    },
    async stop() {
      running = false;
      await Promise.all(clients);
    },
  };
  return loop;
}

function p99(calls: readonly Call[]): number {
  const sorted = calls.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? Number.NaN;
}

/** One GET, to its end, whatever it is. */
export function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  agent?: Agent,
): Promise<Omit<Call, 'sentAt' | 'milliseconds'>> {
  const { promise, resolve } = Promise.withResolvers<Omit<Call, 'sentAt' | 'milliseconds'>>();
  const nothing = (error: Error) => resolve({ status: 0, retryAfter: undefined, reason: error.message });
  const sent = request(url, { headers, timeout: PATIENCE, ...(agent && { agent }) }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', nothing);
    response.on('end', () => {
      if (!response.complete) return nothing(new Error('the answer was cut off'));
      const status = response.statusCode ?? 0;
      resolve({ status, retryAfter: header(response.headers, 'retry-after'), reason: status < 400 ? undefined : reasonIn(chunks) });
    });
  });
  sent.on('timeout', () => sent.destroy(new Error('no answer within a minute')));
  sent.on('error', nothing);
  sent.end();
  return promise;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function reasonIn(chunks: readonly Buffer[]): string | undefined {
  try {
    const { error } = JSON.parse(Buffer.concat(chunks).toString()) as { error?: { reason?: string; message?: string } };
    return error?.reason ?? error?.message;
  } catch {
    return undefined;
  }
}
