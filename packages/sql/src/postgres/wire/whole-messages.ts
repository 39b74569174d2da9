import { AnswerBuffers, type Loan } from './answer-buffers.js';

/** What stands between a connection and pg's parser. */
export interface MessageTap {
  /**
   * Where it is set, rows (`DataRow`) go here, whole and in the protocol's form, and past pg's parser. A row without a loan is overwritten
   * when this returns; one with a loan stays until that is released.
   */
  takeRow: ((message: Buffer, loan: Loan | undefined) => void) | undefined;
}

/** Type and length, which every message of the server begins with (PostgreSQL protocol 3.0). */
const HEADER = 5;
const DATA_ROW = 'D'.charCodeAt(0);
/** Bytes of a message that are reserved on the server's word; a longer one is left to pg's parser, which grows as the bytes arrive. */
const LARGEST_RESERVED = 64 * 1024 * 1024;

/**
 * Has pg's parser see whole messages only: passes on what it is given, in the same order, cut only between messages. On its own the parser
 * puts a message that comes in many chunks together in a buffer that it doubles and copies again and again; an answer of one large text then
 * costs four times its size in garbage. To be begun between two statements. Keeps nothing of a chunk when it returns.
 */
export function wholeMessages(
  parse: (bytes: Buffer) => void,
  tap: MessageTap,
  buffers: AnswerBuffers = new AnswerBuffers(),
): (chunk: Buffer) => void {
  let message: Buffer | undefined;
  let loan: Loan | undefined;
  let filled = 0;
  let beginning: Buffer | undefined;
  let isLeftToParser = false;

  /** `bytes` are whole messages. */
  function pass(bytes: Buffer, itsLoan: Loan | undefined): void {
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
        takeRow(bytes.subarray(at, next), itsLoan);
        passed = next;
      }
      at = next;
    }
    if (passed < bytes.length) parse(bytes.subarray(passed));
  }

  function passGathered(): void {
    const whole = message!;
    const itsLoan = loan;
    message = undefined;
    loan = undefined;
    pass(whole, itsLoan);
  }

  return (chunk) => {
    if (isLeftToParser) return parse(Buffer.from(chunk));
    let bytes = beginning === undefined ? chunk : Buffer.concat([beginning, chunk]);
    beginning = undefined;
    if (message !== undefined) {
      const taken = bytes.copy(message, filled);
      filled += taken;
      if (filled < message.length) return;
      passGathered();
      bytes = bytes.subarray(taken);
    }
    const end = endOfWhole(bytes);
    if (end > 0) pass(end === bytes.length ? bytes : bytes.subarray(0, end), undefined);
    if (end === bytes.length) return;
    const rest = bytes.subarray(end);
    if (rest.length < HEADER) {
      beginning = Buffer.from(rest);
      return;
    }
    const length = lengthAt(rest, 0);
    if (length > LARGEST_RESERVED) {
      isLeftToParser = true;
      parse(Buffer.from(rest));
      return;
    }
    if (tap.takeRow !== undefined && rest[0] === DATA_ROW) {
      loan = buffers.take(length);
      message = loan.buffer.subarray(0, length);
    } else {
      message = Buffer.allocUnsafe(length);
    }
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
