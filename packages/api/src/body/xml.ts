import type { JsonValue } from '@headgate/core';
import { MalformedBody } from '@headgate/core';
import { SaxesParser } from 'saxes';
import { pause, SLICE } from './pause.js';

const MAX_DEPTH = 256;
/** Of one element: the parser compares them all when the tag ends. */
const MAX_ATTRIBUTES = 1000;

interface Element {
  readonly name: string;
  text: string;
  members: Record<string, JsonValue> | undefined;
  /** Members that came more than once: the lists that `members` holds for them. */
  lists: Map<string, JsonValue[]> | undefined;
  /** How many different members it has. */
  size: number;
}

/** Different elements within one: the same bound as for the members of a JSON object. */
const MAX_MEMBERS = 100_000;
/**
 * The parser joins the text of an element piece by piece, one for each reference (`&amp;`), and the text of a comment likewise. Very many
 * pieces would cost a long pause at their end.
 */
const MAX_REFERENCES = 100_000;
const MAX_COMMENT = 256 * 1024;

class Refused extends Error {}

/**
 * Reads an XML body (rest-core.md 2.4). The outer element is dropped unless it is the wrapper; repeated elements become a list, a
 * single one a member; attributes are ignored; an element without elements is its text. Document types, and with them entities of
 * the sender's own, are refused.
 */
export async function readXml(text: string, wrapper: string): Promise<JsonValue> {
  const parser = new SaxesParser();
  const open: Element[] = [];
  let root: { readonly name: string; readonly value: JsonValue } | undefined;

  parser.on('doctype', () => {
    throw new Refused('Document types are not allowed');
  });
  parser.on('error', (error) => {
    throw error;
  });
  let attributes = 0;
  let references = 0;
  let commentStart: number | undefined;
  parser.on('opentagstart', () => {
    attributes = 0;
    references = 0;
  });
  parser.on('attribute', () => {
    if (++attributes > MAX_ATTRIBUTES) throw new Refused(`More than ${MAX_ATTRIBUTES} attributes`);
  });
  parser.on('opentag', ({ name }) => {
    if (open.length >= MAX_DEPTH) throw new Refused(`Nesting deeper than ${MAX_DEPTH}`);
    open.push({ name, text: '', members: undefined, lists: undefined, size: 0 });
  });
  const addText = (part: string) => {
    const element = open.at(-1);
    if (element && element.members === undefined) element.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    references = 0;
    const element = open.pop();
    if (element === undefined) return;
    const value = element.members ?? element.text;
    const parent = open.at(-1);
    if (parent) addMember(parent, element.name, value);
    else root = { name: element.name, value };
  });

  try {
    for (let start = 0; start < text.length; start += SLICE) {
      if (start > 0) await pause();
      const slice = text.slice(start, start + SLICE);
      parser.write(slice);
      references += countOf('&', slice);
      if (references > MAX_REFERENCES) throw new Refused(`More than ${MAX_REFERENCES} references in one text`);
      commentStart = openComment(text, start, commentStart);
      if (commentStart !== undefined && start - commentStart > MAX_COMMENT) throw new Refused('A comment is too long');
    }
    parser.close();
  } catch (error) {
    throw malformed(error, parser);
  }
  if (root === undefined) throw MalformedBody('XML', 'There is no element.');
  return root.name === wrapper ? { [wrapper]: root.value } : root.value;
}

function countOf(char: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) count++;
  return count;
}

/** Where the comment begins that is still open at the end of a slice. */
function openComment(text: string, start: number, before: number | undefined): number | undefined {
  // The marks may lie across the edge of two slices.
  const slice = text.slice(Math.max(0, start - 3), start + SLICE);
  const opened = slice.lastIndexOf('<!--');
  const closed = slice.lastIndexOf('-->');
  if (opened < 0 && closed < 0) return before;
  return opened > closed ? start + opened : undefined;
}

function addMember(parent: Element, name: string, value: JsonValue): void {
  parent.members ??= {};
  if (name === '__proto__') return;
  if (!Object.hasOwn(parent.members, name)) {
    if (++parent.size > MAX_MEMBERS) throw new Refused(`More than ${MAX_MEMBERS} different elements in one`);
    parent.members[name] = value;
    return;
  }
  parent.lists ??= new Map();
  const list = parent.lists.get(name);
  if (list) {
    list.push(value);
    return;
  }
  const started: JsonValue[] = [parent.members[name]!, value];
  parent.lists.set(name, started);
  parent.members[name] = started;
}

function malformed(error: unknown, parser: SaxesParser): Error {
  if (!(error instanceof Error)) return MalformedBody('XML', 'It cannot be parsed.');
  const problem = error instanceof Refused ? error.message : sentence(error.message);
  return MalformedBody('XML', `${problem} at line ${parser.line}, column ${parser.column + 1}.`);
}

/** The parser's messages start with its own `line:column: ` and may quote the text at any length. */
function sentence(message: string): string {
  const problem = message
    .replace(/^\d+:\d+: /, '')
    .replace(/\.$/, '')
    .slice(0, 200);
  return problem.charAt(0).toUpperCase() + problem.slice(1);
}
