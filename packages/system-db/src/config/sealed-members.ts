import { isJsonObject, type JsonObject, type JsonValue } from '@headgate/core';
import type { Encrypter } from '../encryption/encrypter.js';

/** Members of a configuration that are encrypted one by one; the others stay as they are. */
export function sealMembers(members: JsonObject, encrypted: ReadonlySet<string>, encrypter: Encrypter): JsonObject {
  return mapMembers(members, encrypted, (text) => encrypter.encrypt(text));
}

/** What is no secret is read as it is: the original stored some of these fields in clear. What no key opens is read as null. */
export function openMembers(members: JsonObject, encrypted: ReadonlySet<string>, encrypter: Encrypter): JsonObject {
  return mapMembers(members, encrypted, (text) => {
    if (!encrypter.isEncrypted(text)) return text;
    try {
      return encrypter.decrypt(text);
    } catch {
      return null;
    }
  });
}

function mapMembers(members: JsonObject, names: ReadonlySet<string>, turn: (text: string) => JsonValue): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, names.has(name) && typeof value === 'string' ? turn(value) : value]),
  );
}

/** A stored JSON value as members; PHP writes an empty object as `[]`, and damaged text has none. */
export function membersOf(value: unknown): JsonObject {
  return isJsonObject(value as JsonValue) ? (value as JsonObject) : {};
}
