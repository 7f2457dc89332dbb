import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/verify/dialect.js';
import { identityExpression, rowExpression, textOf, type ComparedColumn } from '../../src/verify/expressions.js';

const values: Dialect = { hash: 'values', convert: false, textTravels: true };
const text: Dialect = { ...values, hash: 'text' };

function column(name: string, baseType: number, rest: Partial<ComparedColumn> = {}): ComparedColumn {
  return {
    name,
    type: 'a type',
    castType: 'a type',
    baseType,
    modifier: -1,
    plainInput: true,
    onlyText: false,
    ...rest,
  };
}

const id = column('id', 20);
const name = column('a "name"', 25);

describe('the expression of a row', () => {
  it.each([
    [
      'an integer key is hashed whole',
      identityExpression([id], values),
      'hashint8extended(t."id"::int8, t."id"::int8)',
    ],
    [
      'a key of two columns',
      identityExpression([column('a', 23), name], values),
      'hash_record_extended(row(t."a", (t."a ""name"""::text) collate "C"), 0)',
    ],
    [
      'a position in the log is written the same by 18 and 19',
      textOf(column('at', 3220)),
      `regexp_replace(t."at"::text, '/0+(?=[0-9A-F])', '/', 'g')`,
    ],
    [
      'also within a row of text',
      rowExpression([id, column('past', 3221)], text, undefined),
      'hashtextextended((row(t."id", regexp_replace(t."past"::text, ' +
        `'/0+(?=[0-9A-F])', '/', 'g'))::text) collate "C", 0)`,
    ],
    [
      'a row is seeded by its identity',
      rowExpression([column('a', 16)], values, 'IDENTITY'),
      'hash_record_extended(row(t."a"), IDENTITY)',
    ],
    [
      'without a key by its own hash',
      rowExpression([column('a', 16)], values, undefined),
      'hash_record_extended(row(t."a"), hash_record_extended(row(t."a"), 0))',
    ],
    [
      'int8 brings its upper half',
      rowExpression([id], values, '1'),
      'hash_record_extended(row(t."id", (t."id" >> 32)::int4), 1)',
    ],
    [
      'numeric without modifier brings its scale',
      rowExpression([column('n', 1700)], values, '1'),
      'hash_record_extended(row(t."n", scale(t."n")), 1)',
    ],
    [
      'numeric(12, 2) needs none',
      rowExpression([column('n', 1700, { modifier: 786438 })], values, '1'),
      'hash_record_extended(row(t."n"), 1)',
    ],
    [
      'a type that hashes loosely goes by its text',
      rowExpression([column('f', 701)], values, '1'),
      'hash_record_extended(row((t."f"::text) collate "C"), 1)',
    ],
    [
      'so do types that differ',
      rowExpression([column('i', 23, { onlyText: true })], values, '1'),
      'hash_record_extended(row((t."i"::text) collate "C"), 1)',
    ],
    [
      'text is converted where encodings differ',
      rowExpression([name], { ...values, convert: true }, '1'),
      `hash_record_extended(row(convert_to((t."a ""name"""::text)::text, 'UTF8')), 1)`,
    ],
    [
      'before 14 the row is text',
      rowExpression([id, name], text, 'IDENTITY'),
      'hashtextextended((row(t."id", t."a ""name""")::text) collate "C", 0)',
    ],
    ['no column at all', rowExpression([], values, undefined), '0::int8'],
  ])('%s', (_, expression, expected) => {
    expect(expression).toBe(expected);
  });

  it('is text where row() would have too many values', () => {
    const columns = Array.from({ length: 1000 }, (_, index) => column(`c${String(index)}`, 20));
    expect(rowExpression(columns, values, '1')).toMatch(/^hashtextextended\(\(row\(/);
  });
});

describe('the text of a value', () => {
  it.each([
    [column('a', 700), 't."a"::text'],
    [column('a', 99999), 'case num_nulls(t."a") when 0 then concat(t."a") end'],
    [column('a', 1042), 'case num_nulls(t."a") when 0 then concat(t."a") end'],
  ])('%#', (shown, expected) => {
    expect(textOf(shown)).toBe(expected);
  });
});
