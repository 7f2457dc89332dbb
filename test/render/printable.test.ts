import { expect, it } from 'vitest';
import { inlineCode, inText, codeBlock } from '../../src/render/markdown.js';
import { oneLine, printable, withNamesOnOneLine } from '../../src/render/printable.js';
import { withoutCommands } from '../../src/render/workflow-commands.js';

it('makes control characters of names and messages visible, wherever they are', () => {
  const hostile = {
    name: 'a\u001b[2Jb',
    list: ['x\ry', 1, null, true],
    deep: { 'k\u0007': 'line\nnext\ttab' },
    turned: 'a\u202eb',
    remedy: 'first;\nsecond;',
  };
  expect(printable(hostile)).toEqual({
    name: 'a\\x1b[2Jb',
    list: ['x\\x0dy', 1, null, true],
    deep: { 'k\\x07': 'line\\x0anext\\x09tab' },
    turned: 'a\\u202eb',
    remedy: 'first;\nsecond;',
  });
  expect(printable('a\nb')).toBe('a\nb');
  expect(oneLine('a\nb\u2028')).toBe('a\\x0ab\\u2028');
  expect(withNamesOnOneLine('relation "a\nb" is not\nthere')).toBe('relation "a\\x0ab" is not\nthere');
});

it.each([
  ['::error::x', '\\u003a:error::x'],
  ['fine\n  ::set-output name=a::x', 'fine\n  \\u003a:set-output name=a::x'],
  ['\u001b[31m::error::x', '\u001b[31m\\u003a:error::x'],
  ['a ##[error]x', 'a #\\u0023[error]x'],
  ['a ##vso[task.setvariable variable=a]x', 'a #\\u0023vso[task.setvariable variable=a]x'],
  ['x::int, ## Plan: 1::2', 'x::int, ## Plan: 1::2'],
])('writes no command of a pipeline: %j', (text, written) => {
  expect(withoutCommands(text)).toBe(written);
  expect(JSON.parse(withoutCommands(JSON.stringify({ text })))).toEqual({ text });
});

it('keeps Markdown from taking names for markup', () => {
  expect(inText('<b>@all</b> *x* [y](z) a|b')).toBe('&lt;b>@<!-- -->all&lt;/b> \\*x\\* \\[y\\](z) a\\|b');
  expect(inlineCode('a`b')).toBe('``a`b``');
  expect(codeBlock(['```', 'x'], 'sql')).toEqual(['````sql', '```', 'x', '````']);
});
