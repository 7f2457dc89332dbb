import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/spec/diagnostic.js';
import { formatDiagnostic } from '../../src/spec/format-diagnostic.js';
import { maskSecrets } from '../../src/spec/mask-secrets.js';

const at = (line: number, column: number, length = 1): Diagnostic => ({
  code: 'PGMS010',
  severity: 'error',
  message: 'unknown key "metod"',
  hint: 'Did you mean "method"?',
  location: { file: 'pgm.yaml', line, column },
  length,
});
const plain = (diagnostic: Diagnostic, text: string): string => formatDiagnostic(diagnostic, text, { color: false });

test('place, line, caret and hint', () => {
  expect(plain(at(2, 1, 5), 'version: 1\nmetod: dump\n')).toBe(
    'pgm.yaml:2:1: error PGMS010: unknown key "metod"\n  2 | metod: dump\n    | ^^^^^\n  hint: Did you mean "method"?',
  );
});

test('no line where there is none', () => {
  expect(plain(at(1, 1), '')).toBe('pgm.yaml:1:1: error PGMS010: unknown key "metod"\n  hint: Did you mean "method"?');
});

test('colours only when asked for', () => {
  expect(plain(at(1, 1), 'x')).not.toContain('\u001b');
  expect(formatDiagnostic(at(1, 1), 'x', { color: true })).toContain('\u001b[');
});

test.each([
  ['tabs and control characters take one place', '\ta\u001b[2J: x', 3, 1, ' a\ufffd[2J: x', '  ^'],
  ['a mistake over several lines ends with its line', 'abc: d\ne: f', 6, 9, 'abc: d', '     ^'],
  [
    'a caret behind a password stays at its place',
    'a: {u: postgres://b:s3cret@h/d, hots: x}',
    33,
    4,
    'a: {u: postgres://b:***@h/d, hots: x}',
    '                             ^^^^',
  ],
  ['a caret inside of a password does not show it', 'password: s3cret', 13, 2, 'password: ***', '          ^'],
])('%s', (_what, text, column, length, line, caret) => {
  expect(
    plain(at(1, column, length), text)
      .split('\n')
      .slice(1, 3),
  ).toEqual([`  1 | ${line}`, `    | ${caret}`]);
});

test('a long line is cut around its mistake', () => {
  const text = `${'a'.repeat(300)}HERE${'b'.repeat(300)}`;
  const [, line = '', caret = ''] = plain(at(1, 301, 4), text).split('\n');
  expect(line.length).toBeLessThan(140);
  expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('HERE');
});

test.each([
  ['connection: postgres://u:s3cret@h/d', 'connection: postgres://u:***@h/d'],
  ['connection: postgres://u:s3c/r@et@h/d # x', 'connection: postgres://u:***@h/d # x'],
  ['connection: postgres://u:${PW}@h/d', 'connection: postgres://u:${PW}@h/d'],
  ['connection: postgres://u@h/d', 'connection: postgres://u@h/d'],
  ["connection: host=h password='s3 c\\'ret' user=x", 'connection: host=h password=*** user=x'],
  ['connection: host=h password=s3cret', 'connection: host=h password=***'],
  ['x: postgres://h/d?password=s3cret&user=u', 'x: postgres://h/d?password=***&user=u'],
  ['password: s3cret', 'password: ***'],
  ['password: "s3 cr#et" # note', 'password: *** # note'],
  ['password: s3 #cret: x', 'password: ***'],
  ['password: s3,cret: x', 'password: ***'],
  ['{password: s3cret, user: x}', '{password: ***, user: x}'],
  ['"password": "s3cret"}', '"password": ***}'],
  ['pasword: s3cret', 'pasword: ***'],
  ['passwd: s3cret', 'passwd: ***'],
  ['password: ${PW}', 'password: ${PW}'],
  ['password: "${PW:-s3cret}"', 'password: "${PW:-***}"'],
  ['password: |\n  s3cret\n  s3cret\nuser: x', 'password: ***\nuser: x'],
  ['password:\n  s3cret\nuser: x', 'password:\n  ***\nuser: x'],
  ['passfile: ./pgpass', 'passfile: ./pgpass'],
])('%j is shown as %j', (text, shown) => {
  expect(maskSecrets(text)).toBe(shown);
});
