import { createHash } from 'node:crypto';

/** A Lua script that a Redis server runs in one step. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

export function script(lua: string): RedisScript {
  return Object.freeze({ lua, sha1: createHash('sha1').update(lua).digest('hex') });
}
