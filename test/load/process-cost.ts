import { readdirSync, readFileSync } from 'node:fs';

/** What processes have used so far, from Linux's /proc. CPU in microseconds, memory in MiB. */

const TICK_MICROSECONDS = 10_000; // USER_HZ is 100 on every Linux that Node runs on.

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly own: number;
  readonly reaped: number;
}

function stat(pid: number): Stat | undefined {
  try {
    // The command stands in parentheses and may hold blanks; fields count from behind it (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    return { pid, parent: fields[1]!, own: fields[11]! + fields[12]!, reaped: fields[13]! + fields[14]! };
  } catch {
    return undefined;
  }
}

/** CPU time of one process. */
export function processCpu(pid: number): number {
  return (stat(pid)?.own ?? 0) * TICK_MICROSECONDS;
}

/** CPU time of a process and of all that it started, those that have ended included. */
export function treeCpu(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => stat(Number(name)) ?? []);
  const tree = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (tree.has(parent) && !tree.has(pid)) {
        tree.add(pid);
        grown = true;
      }
    }
  }
  const living = all.filter(({ pid }) => tree.has(pid)).reduce((sum, { own }) => sum + own, 0);
  return (living + (stat(root)?.reaped ?? 0)) * TICK_MICROSECONDS;
}

/**
 * CPU time of the container that a process is in, precise to the microsecond: of all that ever ran in it. Read from the control group (version
 * 1 or 2), which counts more finely than the ticks of `/proc`.
 */
export function containerCpu(pid: number): number {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const first = groups.map((line) => /^\d+:[^:]*\bcpuacct\b[^:]*:(.*)$/.exec(line)?.[1]).find((group) => group !== undefined);
  if (first !== undefined) return Number(readFileSync(`/sys/fs/cgroup/cpuacct${first}/cpuacct.usage`, 'utf8')) / 1000;
  const second = groups.map((line) => /^0::(.*)$/.exec(line)?.[1]).find((group) => group !== undefined) ?? '';
  return Number(/^usage_usec (\d+)$/m.exec(readFileSync(`/sys/fs/cgroup${second}/cpu.stat`, 'utf8'))?.[1]);
}

/** Resident memory. */
export function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}
