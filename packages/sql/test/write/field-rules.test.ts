import { HeadgateError, type JsonObject, type JsonValue } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { applyRules, applyRulesUnseen } from '../../src/write/field-rules.js';
import { defineTable } from './support/define-table.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What the rules make of a value: the value, `dropped`, or the message of the refusal. */
function ruled(
  validation: JsonObject,
  value: JsonValue,
  action: 'create' | 'update' = 'create',
  picklist: string[] | null = null,
): JsonValue | 'dropped' {
  const table = defineTable('t', {
    f: { type: 'string', kind: 'text', validation: validation as Readonly<Record<string, JsonValue>>, picklist },
  });
  try {
    const ruling = applyRules(table.columns[0]!, value, action);
    return ruling.kind === 'drop' ? 'dropped' : ruling.value;
  } catch (error) {
    if (error instanceof HeadgateError) return `${error.status}: ${error.message}`;
    throw error;
  }
}

describe('field rules', () => {
  it.each<[string, JsonObject, JsonValue, JsonValue]>([
    ['not_null', {}, 0, 0],
    ['not_null', {}, null, "400: Field 'f' value can not be null."],
    ['not_empty', {}, 0, 0],
    ['not_empty', {}, false, false],
    ['not_empty', {}, '0', '0'],
    ['not_empty', {}, null, null],
    ['not_empty', {}, '', "400: Field 'f' value can not be empty."],
    ['not_zero', {}, 5, 5],
    ['not_zero', {}, '0.0', "400: Field 'f' value can not be empty."],
    ['not_zero', {}, 0, "400: Field 'f' value can not be empty."],
    ['email', {}, 'ann@example.org', 'ann@example.org'],
    ['email', {}, '', ''],
    ['email', {}, 'ann@', "400: Field 'f' value must be a valid email address."],
    ['email', {}, 'a b@example.org', "400: Field 'f' value must be a valid email address."],
    ['url', {}, 'https://example.org/a?b=c', 'https://example.org/a?b=c'],
    ['url', {}, 'example.org', "400: Field 'f' value must be a valid URL."],
    ['url', { sections: ['path', 'query'] }, 'https://example.org/a', "400: Field 'f' value must be a valid URL."],
    ['url', { sections: ['path', 'query'] }, 'https://example.org/a?b', 'https://example.org/a?b'],
    ['int', {}, 0, 0],
    ['int', {}, '12', '12'],
    ['int', {}, '1.5', "400: Field 'f' value is not in the valid range."],
    ['int', { range: { min: 1, max: 9 } }, 0, "400: Field 'f' value is not in the valid range."],
    ['int', { range: { min: 1, max: 9 } }, 9, 9],
    ['int', { formats: ['hex'] }, '0x1f', '31'],
    ['int', { formats: ['octal'] }, '017', '15'],
    ['float', {}, 0, 0],
    ['float', {}, '-1.5e3', '-1.5e3'],
    ['float', { decimal: ',' }, '1,5', '1.5'],
    ['float', {}, 'x', "400: Field 'f' value is not an acceptable float value."],
    ['boolean', {}, false, false],
    ['boolean', {}, 'off', 'off'],
    ['boolean', {}, 'perhaps', "400: Field 'f' value is not an acceptable boolean value."],
    ['match', { regexp: base64('/^[a-z]+$/i') }, 'Abc', 'Abc'],
    ['match', { regexp: base64('/^[a-z]+$/') }, 'Abc', "400: Field 'f' value is invalid."],
    ['match', { regexp: base64('#^/x/\\z#') }, '/x/', '/x/'],
    ['match', { regexp: base64('/^a/') }, '', ''],
    ['match', {}, 'x', "500: The rule 'match' of field 'f' can not be used as configured."],
    ['match', { regexp: base64('/(/') }, 'x', "500: The rule 'match' of field 'f' can not be used as configured."],
    ['unheard_of', {}, 'x', 'x'],
  ])('%s %j on %j', (rule, options, value, expected) => {
    expect(ruled({ [rule]: options }, value)).toEqual(expected);
  });

  it('chooses from the picklist', () => {
    expect(ruled({ picklist: {} }, 'b', 'create', ['a', 'b'])).toBe('b');
    expect(ruled({ picklist: {} }, '1 ', 'create', ['1'])).toBe("400: Field 'f' value is invalid.");
    expect(ruled({ multi_picklist: { max: 2 } }, 'a,b', 'create', ['a', 'b', 'c'])).toBe('a,b');
    expect(ruled({ multi_picklist: { max: 2 } }, 'a,b,c', 'create', ['a', 'b', 'c'])).toBe(
      "400: Field 'f' value contains too many selections.",
    );
    expect(ruled({ multi_picklist: {} }, '', 'create', ['a'])).toBe("400: Field 'f' value does not contain enough selections.");
    expect(ruled({ multi_picklist: { delimiter: ';' } }, 'a;z', 'create', ['a'])).toBe("400: Field 'f' value is invalid.");
  });

  it('drops read-only fields, and lets create_only fields be set once', () => {
    expect(ruled({ api_read_only: {} }, 'x')).toBe('dropped');
    expect(ruled({ create_only: {} }, 'x')).toBe('x');
    expect(ruled({ create_only: {} }, 'x', 'update')).toBe("400: Field 'f' can only be set during record creation.");
  });

  it('does on failure what on_fail says', () => {
    expect(ruled({ email: { on_fail: 'ignore_field' } }, 'x')).toBe('dropped');
    expect(ruled({ email: { on_fail: 'No address.' } }, 'x')).toBe('400: No address.');
    expect(ruled({ email: { on_fail: '' } }, 'x')).toBe("400: Field 'f' value must be a valid email address.");
  });

  it('gives up on a value that costs a pattern too much time', () => {
    const started = performance.now();
    expect(ruled({ match: { regexp: base64('/^(a+)+$/') } }, `${'a'.repeat(40)}!`)).toBe("400: Field 'f' value is invalid.");
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('expressions against field rules', () => {
  const unseen = (validation: JsonObject, action: 'create' | 'update') => {
    const table = defineTable('t', {
      f: { type: 'integer', kind: 'integer', validation: validation as Readonly<Record<string, JsonValue>> },
    });
    try {
      return applyRulesUnseen(table.columns[0]!, 'NOW()', action);
    } catch (error) {
      return (error as HeadgateError).reason;
    }
  };

  it('keep no expression out of sight of a rule', () => {
    expect(unseen({ api_read_only: {}, int: {} }, 'create')).toBe('drop');
    expect(unseen({ create_only: {} }, 'create')).toBe('keep');
    expect(unseen({ create_only: {} }, 'update')).toBe('field_rule_broken');
    expect(unseen({ create_only: { on_fail: 'ignore_field' } }, 'update')).toBe('drop');
    expect(unseen({ int: { range: { max: 3 } } }, 'create')).toBe('expression_refused');
  });
});
