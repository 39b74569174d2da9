import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { RefusedInContainer } from './loopback-of-container.js';
import type { EgressPolicy } from './policy.js';

export type SocketTarget = { readonly host: string; readonly port: number } | { readonly path: string };

export interface OpenSocketOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for name resolution and connection together; 10 s by default. */
  readonly timeoutMs?: number;
  /** How the socket is read, where not by `data` events. */
  readonly onread?: net.OnReadOpts | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * A connected socket to a target that the policy allows. A name is resolved once and the socket opened to the literal address
 * that was checked, so that no second resolution can lead elsewhere. Addresses are tried in the resolver's order.
 * Throws `EgressRefused`, or the network's error.
 */
export async function openSocket(policy: EgressPolicy, target: SocketTarget, options: OpenSocketOptions = {}): Promise<net.Socket> {
  const deadline = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const onread = options.onread === undefined ? {} : { onread: options.onread };
  if ('path' in target) {
    policy.checkPath(target.path);
    return connect({ path: target.path, ...onread }, signal);
  }
  return openTcp(policy, { ...target, ...onread }, signal);
}

async function openTcp(policy: EgressPolicy, target: net.TcpNetConnectOpts & { host: string }, signal: AbortSignal): Promise<net.Socket> {
  const { host, port } = target;
  let failure: unknown;
  for (const address of await resolve(host, signal)) {
    try {
      await policy.check(address, port, host);
      const socket = await connect({ ...target, host: address }, signal);
      socket.setNoDelay(true);
      return socket;
    } catch (error) {
      failure ??= isRefused(error) && policy.leadsIntoContainer(address) ? new RefusedInContainer(error) : error;
      if (signal.aborted) break;
    }
  }
  throw failure;
}

function isRefused(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

/** Literal addresses go through the resolver as well: it alone decides what `0x7f.1` or `2130706433` mean. */
async function resolve(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (net.isIP(bare) !== 0) return [bare];
  const found = await withSignal(lookup(bare, { all: true }), signal);
  return found.map(({ address }) => address);
}

function connect(target: net.NetConnectOpts, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((fulfil, reject) => {
    if (signal.aborted) return reject(aborted(signal));
    const socket = net.connect({ ...target, keepAlive: true });
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      socket.removeListener('connect', onConnect);
    };
    const onAbort = () => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(aborted(signal));
    };
    const onError = (error: Error) => {
      settle();
      reject(error);
    };
    const onConnect = () => {
      settle();
      fulfil(socket);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', onConnect);
  });
}

function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((fulfil, reject) => {
    if (signal.aborted) return reject(aborted(signal));
    const onAbort = () => reject(aborted(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(fulfil, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** What network code calls a connection that was given up. */
function aborted(signal: AbortSignal): Error {
  const isTimeout = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return Object.assign(new Error(isTimeout ? 'the connection attempt timed out' : 'the connection attempt was given up'), {
    code: isTimeout ? 'ETIMEDOUT' : 'ECONNABORTED',
  });
}
