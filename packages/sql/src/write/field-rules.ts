import {
  ExpressionRefused,
  FieldRuleBroken,
  FieldRuleUnusable,
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  readBoolean,
} from '@headgate/core';
import type { ColumnSchema } from '../schema/table-schema.js';
import { patternOf } from './pattern.js';

/** `create`: all rules of a new record; `update`: only what is sent counts. */
export type RecordAction = 'create' | 'update';

/** What the rules of a field make of a value: the value to go on with, or none of it. */
export type Ruling = { readonly kind: 'keep'; readonly value: JsonValue } | { readonly kind: 'drop' };

/** A rule's verdict: `undefined` where it holds, a text where it does not, or the value in the form that the field takes. */
type Verdict = undefined | string | { readonly value: JsonValue };
type Rule = (value: JsonValue, column: ColumnSchema, options: JsonObject, action: RecordAction) => Verdict;

const DROP: Ruling = Object.freeze({ kind: 'drop' });

/**
 * Applies the validations of a field (database-services.md 6.6) in the order in which they are configured.
 * Throws `FieldRuleBroken` with the rule's own message or that of `on_fail`; `on_fail: ignore_field` drops the field.
 */
export function applyRules(column: ColumnSchema, value: JsonValue, action: RecordAction): Ruling {
  let current = value;
  const rules = column.validation ?? {};
  if (Object.hasOwn(rules, 'api_read_only')) return DROP;
  for (const [name, configured] of Object.entries(rules)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (!rule) continue;
    const options = isJsonObject(configured) ? configured : {};
    const verdict = rule(current, column, options, action);
    if (typeof verdict === 'object') current = verdict.value;
    if (typeof verdict !== 'string') continue;
    if (options.on_fail === 'ignore_field') return DROP;
    throw FieldRuleBroken(
      typeof options.on_fail === 'string' && options.on_fail !== '' ? options.on_fail : `Field '${column.apiName}' ${verdict}`,
    );
  }
  return { kind: 'keep', value: current };
}

/**
 * The same for a value that only the database knows (an expression): what may be written at all is decided by the rules that look at
 * no value; where there are others, throws `ExpressionRefused`, since nobody could say whether they hold.
 */
export function applyRulesUnseen(column: ColumnSchema, expression: string, action: RecordAction): 'keep' | 'drop' {
  const rules = column.validation ?? {};
  if (Object.hasOwn(rules, 'api_read_only')) return 'drop';
  if (Object.keys(rules).some((name) => name !== 'create_only' && Object.hasOwn(RULES, name))) throw ExpressionRefused(expression);
  return applyRules(column, expression, action).kind;
}

const isEmpty = (value: JsonValue) => value === null || value === '';

/** A rule that a missing value passes. */
const optional =
  (rule: Rule): Rule =>
  (value, ...rest) =>
    isEmpty(value) ? undefined : rule(value, ...rest);

const RULES: Readonly<Record<string, Rule>> = {
  create_only: (_value, _column, _options, action) => (action === 'update' ? 'can only be set during record creation.' : undefined),
  not_null: (value) => (value === null ? 'value can not be null.' : undefined),
  not_empty: (value) => (value === '' || isEmptyCollection(value) ? 'value can not be empty.' : undefined),
  not_zero: (value) => (isNumeric(value) && Number(textOf(value)) === 0 ? 'value can not be empty.' : undefined),
  email: optional((value) => (typeof value === 'string' && isEmail(value) ? undefined : 'value must be a valid email address.')),
  url: optional((value, _column, options) =>
    typeof value === 'string' && isUrl(value, options.sections) ? undefined : 'value must be a valid URL.',
  ),
  int: optional(integerRule),
  float: optional(floatRule),
  boolean: optional((value) => (readBoolean(value) === undefined ? 'value is not an acceptable boolean value.' : undefined)),
  match: optional(matchRule),
  picklist: optional((value, column) => (column.picklist?.includes(textOf(value)) ? undefined : 'value is invalid.')),
  multi_picklist: multiPicklistRule,
};

function isEmptyCollection(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && !isExactNumber(value) && Object.keys(value).length === 0;
}

/** A scalar as text; what is none matches no rule. */
function textOf(value: JsonValue): string {
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === 'object' ? '' : String(value);
}

function isNumeric(value: JsonValue | undefined): value is JsonValue {
  if (value === undefined) return false;
  return (
    (typeof value === 'number' || typeof value === 'string' || isExactNumber(value)) &&
    /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(textOf(value))
  );
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (at < 1 || local.length > 64 || domain.length > 253) return false;
  if (!/^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u.test(local)) return false;
  const labels = domain.split('.');
  return labels.length > 1 && labels.every((label) => label.length <= 63 && /^[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?$/u.test(label));
}

function isUrl(text: string, sections: JsonValue | undefined): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const parts = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+(\/[^?#]*)?(\?[^#]*)?/i.exec(text);
  if (!parts) return /^(mailto|news|file):./i.test(text) && sections === undefined;
  const wanted = Array.isArray(sections) ? sections : typeof sections === 'string' ? sections.split(',') : [];
  return (!wanted.includes('path') || parts[1] !== undefined) && (!wanted.includes('query') || parts[2] !== undefined);
}

function integerRule(value: JsonValue, _column: ColumnSchema, options: JsonObject): Verdict {
  const formats = Array.isArray(options.formats) ? options.formats : [];
  const text = textOf(value).trim();
  const number = integerOf(text, formats);
  const { min, max } = isJsonObject(options.range) ? options.range : {};
  if (number === undefined || (isNumeric(min) && number < Number(min)) || (isNumeric(max) && number > Number(max))) {
    return 'value is not in the valid range.';
  }
  return /^[+-]?\d+$/.test(text) && String(number) === text ? undefined : { value: String(number) };
}

function integerOf(text: string, formats: readonly JsonValue[]): bigint | undefined {
  if (text.length > 40) return undefined;
  if (formats.includes('hex') && /^0x[0-9a-f]+$/i.test(text)) return BigInt(text);
  if (formats.includes('octal') && /^0o?[0-7]+$/i.test(text)) return BigInt(`0o${text.replace(/^0o?/i, '') || '0'}`);
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}

function floatRule(value: JsonValue, _column: ColumnSchema, options: JsonObject): Verdict {
  const separator = typeof options.decimal === 'string' && options.decimal.length === 1 ? options.decimal : '.';
  const read = typeof value === 'string' ? value.replace(separator, '.') : value;
  if (!isNumeric(read)) return 'value is not an acceptable float value.';
  return read === value ? undefined : { value: read };
}

function matchRule(value: JsonValue, column: ColumnSchema, options: JsonObject): Verdict {
  const pattern = typeof options.regexp === 'string' ? patternOf(options.regexp) : undefined;
  if (!pattern) throw FieldRuleUnusable('match', column.apiName);
  return pattern.test(textOf(value)) ? undefined : 'value is invalid.';
}

function multiPicklistRule(value: JsonValue, column: ColumnSchema, options: JsonObject): Verdict {
  if (value === null) return undefined;
  const delimiter = typeof options.delimiter === 'string' && options.delimiter !== '' ? options.delimiter : ',';
  const chosen = Array.isArray(value) ? value.map(textOf) : textOf(value) === '' ? [] : textOf(value).split(delimiter);
  const min = isNumeric(options.min) ? Number(options.min) : 1;
  const max = isNumeric(options.max) ? Number(options.max) : 0;
  if (chosen.length < min) return 'value does not contain enough selections.';
  if (max > 0 && chosen.length > max) return 'value contains too many selections.';
  const known = new Set(column.picklist ?? []);
  return chosen.every((choice) => known.has(choice.trim())) ? undefined : 'value is invalid.';
}
