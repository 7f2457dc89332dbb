import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { StatementError } from '../../src/postgres/errors.js';
import { renderError } from '../../src/render/error-text.js';
import { plain } from '../../src/render/palette.js';
import { SpecErrors } from '../../src/spec/diagnostic.js';

const options = { palette: plain, debug: false };
const refused = new StatementError(
  Object.assign(new Error('permission denied for table orders'), {
    code: '42501',
    detail: 'a detail',
    hint: 'a hint',
    where: 'in a function',
  }),
  'select 1',
);

describe('an error', () => {
  it('of the user shows code, place, hint, and what PostgreSQL said', () => {
    const error = new UserError('the copy cannot read orders', {
      code: 'PGM404',
      hint: 'grant select',
      location: { file: 'pgm.yaml', line: 3, column: 5 },
      cause: new Error('between', { cause: refused }),
    });
    expect(renderError(error, options)).toBe(
      [
        'error[PGM404]: the copy cannot read orders',
        '  at pgm.yaml:3:5',
        '  hint: grant select',
        '  PostgreSQL (42501): permission denied for table orders',
        '    detail: a detail',
        '    hint: a hint',
        '    where: in a function',
        '    statement: select 1',
        '',
      ].join('\n'),
    );
  });

  it('does not say twice what PostgreSQL said', () => {
    const error = new UserError('permission denied for table orders', {
      kind: 'stopped',
      code: 'PGM850',
      cause: refused,
    });
    expect(renderError(error, options)).toMatch(
      /^error\[PGM850\]: permission denied for table orders\n {2}PostgreSQL \(42501\):\n {4}detail: a detail\n/,
    );
  });

  it('of a statement shows its SQLSTATE and fields', () => {
    expect(renderError(refused, options)).toMatch(
      /^error\[42501\]: permission denied for table orders\n {2}detail: a detail\n/,
    );
  });

  it('of the spec shows every mistake with its line', () => {
    const location = { file: 'pgm.yaml', line: 1, column: 1 };
    const errors = new SpecErrors(
      [
        { code: 'PGMS010', severity: 'error', message: 'unknown key "metod"', location, length: 5 },
        { code: 'PGMS011', severity: 'error', message: 'name is missing', location },
      ],
      'metod: dump\n',
    );
    const text = renderError(errors, options);
    expect(text).toContain('pgm.yaml:1:1: error PGMS010: unknown key "metod"');
    expect(text).toContain('metod: dump');
    expect(text).toContain('name is missing');
  });

  it('that is a bug shows its stack and asks for a report', () => {
    const text = renderError(new TypeError('x is undefined', { cause: 'a text' }), options);
    expect(text).toContain('This is a bug in pgm');
    expect(text).toMatch(/TypeError: x is undefined\n +at /);
    expect(text).toContain('caused by a text');
    expect(text).toContain('Please report');
  });

  it('of the user shows its stack only with --debug', () => {
    const error = new UserError('no', { code: 'PGM800' });
    expect(renderError(error, options)).toBe('error[PGM800]: no\n');
    expect(renderError(error, { ...options, debug: true })).toMatch(/UserError: no\n +at /);
  });
});
