import { statfs } from 'node:fs/promises';
import process from 'node:process';
import { type Finding, ok, problem, warning } from './finding.js';

const FLOOR = [24, 11] as const;
/** The launcher and the image start Node with it: without, the young generation grows until V8 collects without end (docs/performance.md). */
const YOUNG_GENERATION_FLAG = '--max-semi-space-size';
const MEBIBYTE = 1024 ** 2;
const LITTLE_DISK = 1024 * MEBIBYTE;
const NO_DISK = 100 * MEBIBYTE;

/** Node itself and how it was started. */
export function checkNode(): Finding[] {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1]))
    return [problem('node', `Node ${node}`, `Use Node ${FLOOR.join('.')} or newer.`)];
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')];
  if (flags.some((flag) => flag.startsWith(YOUNG_GENERATION_FLAG))) return [ok('node', `Node ${node}`)];
  return [
    warning(
      'node',
      `Node ${node}, started without ${YOUNG_GENERATION_FLAG}`,
      'Start Headgate by ./headgate, or give Node --max-semi-space-size=8.',
    ),
  ];
}

/** Room on the disk of the data folder, or of the nearest folder that is there. */
export async function checkDisk(folder: string): Promise<Finding[]> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const message = `${Math.floor(free / MEBIBYTE)} MiB free`;
    if (free < NO_DISK) return [problem('disk', message, 'Make room on the disk of the data folder: writes fail without it.')];
    if (free < LITTLE_DISK) return [warning('disk', message, 'Make room on the disk of the data folder.')];
    return [ok('disk', message)];
  } catch {
    return [ok('disk', 'there is no data folder yet')];
  }
}
