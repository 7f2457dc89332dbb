import { quoteIdentifier } from '../postgres/identifiers.js';
import type { ColumnShape } from './catalog.js';
import type { Dialect } from './dialect.js';

/*
 * SQL expressions over a table with the alias `t`. Two values are equal when PostgreSQL shows both with the same text,
 * which is stricter than its `=`: 1.0 and 1.00, 0 and -0, '1 mon' and '30 days', {1} and [0:0]={1} differ.
 */

/** A column that both sides have. */
export interface ComparedColumn extends ColumnShape {
  /** The types differ between the sides: only the text can be compared. */
  readonly onlyText: boolean;
}

/** Types of pg_catalog whose hash tells two values apart exactly when their text does. */
const hashedAsIs = new Set([
  16, 17, 18, 19, 20, 21, 23, 25, 26, 650, 774, 829, 869, 1042, 1043, 1082, 1083, 1114, 1184, 1266, 1700, 2950, 3220,
]);
const characterTypes = new Set([19, 25, 1042, 1043]);
const int8 = 20;
const bpchar = 1042;
const xml = 142;
/**
 * Their cast to text is not their output: bpchar's drops trailing blanks, that of xml shows the encoding it came in
 * (xml.c, xml_out).
 */
const castsOtherwise = new Set([bpchar, xml]);
/**
 * pg_lsn and its array. From 19 on the second half is written with all its eight digits, 0/0 as 0/00000000 [19rc1,
 * measured]: leading zeros are taken away on both sides.
 */
const logPositions = new Set([3220, 3221]);
/** Oids below are PostgreSQL's own, the same everywhere. */
const firstOfUsers = 10_000;
const numeric = 1700;
const integers = new Set([20, 21, 23]);

/** `row()` takes no more than 1,664 values. */
const maxElements = 1600;

/** The identity of a row: an int8 that finds it again on the other side, and spreads rows evenly over buckets. */
export function identityExpression(columns: readonly ComparedColumn[], dialect: Dialect): string {
  const [only, ...others] = columns;
  if (
    dialect.hash === 'values' &&
    only !== undefined &&
    others.length === 0 &&
    integers.has(only.baseType) &&
    !only.onlyText
  ) {
    const value = `${reference(only)}::int8`;
    // hashint8 folds its argument to 32 bits, its seed stays whole.
    return `hashint8extended(${value}, ${value})`;
  }
  return hashOfRow(columns, dialect, '0');
}

/**
 * The hash of a whole row, an int8. hash_record_extended adds its columns' hashes up, so that two rows with a pair of
 * values exchanged would have the same sum: each row is therefore hashed with a seed of its own.
 * @param identity expression of the row's identity; undefined for a table without a key
 */
export function rowExpression(
  columns: readonly ComparedColumn[],
  dialect: Dialect,
  identity: string | undefined,
): string {
  return hashOfRow(columns, dialect, identity ?? hashOfRow(columns, dialect, '0'));
}

function hashOfRow(columns: readonly ComparedColumn[], dialect: Dialect, seed: string): string {
  if (columns.length === 0) return '0::int8';
  if (dialect.hash === 'values') {
    const values = columns.flatMap(column => elements(column, dialect));
    if (values.length <= maxElements) return `hash_record_extended(row(${values.join(', ')}), ${seed})`;
  }
  const shown = columns.map(column => (logPositions.has(column.baseType) ? textOf(column) : reference(column)));
  return hashOfText(`row(${shown.join(', ')})::text`, dialect);
}

/** An int8 of a text expression; null of null. */
export function hashOfText(text: string, dialect: Dialect): string {
  if (dialect.hash === 'sha256')
    return `('x' || left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 16))::bit(64)::int8`;
  return dialect.convert
    ? `hashtextextended(encode(convert_to(${text}, 'UTF8'), 'hex') collate "C", 0)`
    : `hashtextextended((${text}) collate "C", 0)`;
}

/** The value as PostgreSQL shows it. */
export function textOf(column: ColumnShape): string {
  const value = reference(column);
  if (logPositions.has(column.baseType)) return `regexp_replace(${value}::text, '/0+(?=[0-9A-F])', '/', 'g')`;
  if (column.baseType < firstOfUsers && !castsOtherwise.has(column.baseType)) return `${value}::text`;
  // concat() shows what the output function gives. A cast of the user's may leave something out, and runs their code.
  return `case num_nulls(${value}) when 0 then concat(${value}) end`;
}

/** Text that names a row and finds it on the other side: a key of blank-padded text is the same without its blanks. */
export function keyText(column: ColumnShape): string {
  return column.baseType === bpchar ? `${reference(column)}::text` : textOf(column);
}

export function reference(column: { readonly name: string }): string {
  return `t.${quoteIdentifier(column.name)}`;
}

/** What stands for a column in `row(…)`. */
function elements(column: ComparedColumn, dialect: Dialect): readonly string[] {
  const value = reference(column);
  const asIs =
    hashedAsIs.has(column.baseType) && !column.onlyText && !(column.baseType === bpchar && column.modifier < 0);
  if (!asIs) return [asBytes(textOf(column), dialect)];
  // Hashing by bytes, also where the column's collation takes different texts for equal.
  if (characterTypes.has(column.baseType))
    return [asBytes(column.baseType === bpchar ? `${value}::bpchar` : `${value}::text`, dialect)];
  // hashint8 folds to 32 bits: 1 and 4294967296 have the same hash.
  if (column.baseType === int8) return [value, `(${value} >> 32)::int4`];
  // Without a modifier, 1.0 and 1.00 may both be there and have the same hash.
  if (column.baseType === numeric && column.modifier < 0) return [value, `scale(${value})`];
  return [value];
}

function asBytes(text: string, dialect: Dialect): string {
  return dialect.convert ? `convert_to((${text})::text, 'UTF8')` : `(${text}) collate "C"`;
}
