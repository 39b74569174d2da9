import type { Duplex } from 'node:stream';

/** What stands between a connection and pg's parser. */
export interface MessageTap {
  /** Where it is set, rows (`DataRow`) go here, whole and in the protocol's form, and past pg's parser. */
  takeRow: ((message: Buffer) => void) | undefined;
}

/** Type and length, which every message of the server begins with (PostgreSQL protocol 3.0). */
const HEADER = 5;
const DATA_ROW = 'D'.charCodeAt(0);
/** Bytes of a message that are reserved on the server's word; a longer one is left to pg's parser, which grows as the bytes arrive. */
const LARGEST_RESERVED = 64 * 1024 * 1024;

/**
 * Has pg's parser see whole messages only. On its own it puts a message that comes in many chunks together in a buffer that it doubles and
 * copies again and again; an answer of one large text then costs four times its size in garbage. To be called between two statements.
 */
export function deliverWholeMessages(stream: Duplex, tap: MessageTap): void {
  for (const parse of stream.listeners('data') as ((bytes: Buffer) => void)[]) {
    stream.removeListener('data', parse);
    stream.on('data', wholeMessages(parse, tap));
  }
}

/** Passes on what it is given, in the same order, cut only between messages. */
export function wholeMessages(parse: (bytes: Buffer) => void, tap: MessageTap): (chunk: Buffer) => void {
  let message: Buffer | undefined;
  let filled = 0;
  let beginning: Buffer | undefined;
  let isLeftToParser = false;

  function pass(bytes: Buffer): void {
    const { takeRow } = tap;
    if (takeRow === undefined) {
      parse(bytes);
      return;
    }
    let passed = 0;
    for (let at = 0; at < bytes.length; ) {
      const next = at + lengthAt(bytes, at);
      if (bytes[at] === DATA_ROW) {
        if (at > passed) parse(bytes.subarray(passed, at));
        takeRow(bytes.subarray(at, next));
        passed = next;
      }
      at = next;
    }
    if (passed < bytes.length) parse(bytes.subarray(passed));
  }

  return (chunk) => {
    if (isLeftToParser) return parse(chunk);
    let bytes = beginning === undefined ? chunk : Buffer.concat([beginning, chunk]);
    beginning = undefined;
    if (message !== undefined) {
      const taken = bytes.copy(message, filled);
      filled += taken;
      if (filled < message.length) return;
      const whole = message;
      message = undefined;
      pass(whole);
      bytes = bytes.subarray(taken);
    }
    const end = endOfWhole(bytes);
    if (end > 0) pass(end === bytes.length ? bytes : bytes.subarray(0, end));
    const rest = bytes.subarray(end);
    if (rest.length === 0) return;
    if (rest.length < HEADER) {
      beginning = rest;
      return;
    }
    const length = lengthAt(rest, 0);
    if (length > LARGEST_RESERVED) {
      isLeftToParser = true;
      parse(rest);
      return;
    }
    message = Buffer.allocUnsafe(length);
    filled = rest.copy(message);
  };
}

/** Where the last message ends that is there as a whole. */
function endOfWhole(bytes: Buffer): number {
  let end = 0;
  while (end + HEADER <= bytes.length) {
    const next = end + lengthAt(bytes, end);
    if (next > bytes.length) break;
    end = next;
  }
  return end;
}

/** The length counts itself but not the type before it. */
function lengthAt(bytes: Buffer, start: number): number {
  return 1 + bytes.readUInt32BE(start + 1);
}
