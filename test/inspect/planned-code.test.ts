import { describe, expect, it } from 'vitest';
import { isFoldedWith } from '../../src/inspect/planned-code.js';

/** Nodes as PostgreSQL 15 writes them, less the fields that nobody reads. */
const column = '{VAR :varno 1 :varattno 1 :vartype 23 :location 10}';
const constant =
  '{CONST :consttype 23 :constbyval true :constisnull false :location 7 :constvalue 4 [ 1 0 0 0 0 0 0 0 ]}';
const call = (oid: number, ...args: readonly string[]): string =>
  `{FUNCEXPR :funcid ${oid} :funcresulttype 23 :funcvariadic false :args (${args.join(' ')}) :location 1}`;
const operator = (oid: number, ...args: readonly string[]): string =>
  `{OPEXPR :opno ${oid} :opfuncid 0 :opresulttype 23 :args (${args.join(' ')}) :location 1}`;
const relabelled = `{RELABELTYPE :arg ${column} :resulttype 25 :relabelformat 2}`;
const theirs = 16400;

describe('the planner calls a function of others', () => {
  const folded = (tree: string, inlined = false): boolean =>
    isFoldedWith(tree, [{ oid: String(theirs), inlined, function: 'f()', owner: 'mallory' }]);

  it.each([
    ['with a constant', call(theirs, constant)],
    ['without arguments', `{FUNCEXPR :funcid ${theirs} :args <> :location 1}`],
    ['with a constant, beside a column', operator(551, column, call(theirs, constant))],
    ['with what comes of constants', call(theirs, call(1397, constant))],
    ['with a column within a function of others, which may come to a constant', call(theirs, call(16500, column))],
    [
      'with a column beside a constant within a built-in one, which may be NULL',
      call(theirs, call(1397, column, constant)),
    ],
    ['with a column within a CASE', call(theirs, `{CASE :args ({CASEWHEN :expr ${constant} :result ${column}})}`)],
    ['of an operator with constants', operator(theirs, constant, constant)],
    ['of a list of constants', `{SCALARARRAYOPEXPR :opno ${theirs} :useOr true :args (${constant} ${constant})}`],
    ['in a second expression', `(${call(theirs, column)} ${call(theirs, constant)})`],
    ['where nobody can tell: the function is not in the text', call(16500, constant)],
    ['where nobody can tell: it is no expression', `{FUNCEXPR :funcid ${theirs} :args (`],
    ['where nobody can tell: a brace too many', `${call(theirs, column)}}`],
  ])('%s', (_, tree) => expect(folded(tree)).toBe(true));

  it.each([
    ['a column', call(theirs, column)],
    ['a column and a constant', call(theirs, column, constant)],
    ['a column of another type that looks alike', call(theirs, relabelled)],
    ['a built-in function of a column', call(theirs, call(870, column))],
    ['a built-in operator of columns', call(theirs, operator(551, column, column))],
    ['a column, within a built-in function of constants', call(1397, constant, call(theirs, column))],
    ['an operator with a column', operator(theirs, column, constant)],
    [
      'a name with braces and blanks that are escaped',
      `{X :colnames ("a\\ \\{FUNCEXPR\\}") :arg ${call(theirs, column)}}`,
    ],
  ])('not with %s', (_, tree) => expect(folded(tree)).toBe(false));

  it('in SQL also with a column, since its body takes the place of the call', () => {
    expect(folded(call(theirs, column), true)).toBe(true);
  });
});
