import type { JsonObject, JsonValue } from '@headgate/core';
import { BadRequest } from '@headgate/core';
import { eachPair } from '../request/query.js';

const MAX_FIELDS = 10_000;
const MAX_DEPTH = 16;

interface Group {
  readonly members: Map<string, string | Group>;
}

/** Reads a form (`application/x-www-form-urlencoded`) with PHP's brackets: `a[b]=1` is `{"a":{"b":"1"}}`, `a[]=1&a[]=2` a list. */
export function readForm(text: string): JsonObject {
  const root: Group = { members: new Map() };
  eachPair(text, (name, value) => place(root, keysOf(name), value), 'form', MAX_FIELDS);
  return toObject(root);
}

function keysOf(name: string): readonly string[] {
  const open = name.indexOf('[');
  if (open <= 0 || !name.endsWith(']')) return [name];
  const keys = name.slice(open + 1, -1).split('][');
  if (keys.length > MAX_DEPTH) throw BadRequest(`A field of the form is nested deeper than ${MAX_DEPTH}.`);
  return [name.slice(0, open), ...keys];
}

function place(root: Group, keys: readonly string[], value: string): void {
  let group = root;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] === '' && index > 0 ? String(group.members.size) : keys[index]!;
    if (index === keys.length - 1) {
      group.members.set(key, value);
      return;
    }
    const known = group.members.get(key);
    const next: Group = known === undefined || typeof known === 'string' ? { members: new Map() } : known;
    group.members.set(key, next);
    group = next;
  }
}

function toValue(member: string | Group): JsonValue {
  if (typeof member === 'string') return member;
  let position = 0;
  for (const key of member.members.keys()) if (key !== String(position++)) return toObject(member);
  return [...member.members.values()].map(toValue);
}

function toObject(group: Group): JsonObject {
  const entries = [...group.members].filter(([name]) => name !== '__proto__');
  return Object.fromEntries(entries.map(([name, member]) => [name, toValue(member)]));
}
